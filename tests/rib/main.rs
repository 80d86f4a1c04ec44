//! The RIB: the decision process, and the tables around it.

mod decision;
mod table;
