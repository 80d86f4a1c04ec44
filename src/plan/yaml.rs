//! YAML text to a tree that knows its lines and tags.

/// A text to read, and what to call it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What problems call it: a file's name.
    pub name: &'a str,
    /// The YAML or JSON.
    pub text: &'a str,
}

/// How much a text may ask for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Octets of text; 100 MB by default.
    pub octets: usize,
    /// Levels of nesting; 64 by default.
    pub depth: usize,
    /// Nodes that aliases may repeat, all together; 100,000 by default.
    pub alias_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 100_000_000,
            depth: 64,
            alias_nodes: 100_000,
        }
    }
}
