//! From wanted peerings to each node's session ends, by Calico's rules.
