//! The paths that a file names, resolved from the crate's root.

use std::collections::BTreeMap;

use crate::tokens::Token;

/// A path that a file names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Named {
    /// Its segments from the crate's root, or from another crate's name on if
    /// `external`. A glob's last is `*`.
    pub(crate) path: Vec<String>,
    /// Whether it begins with another crate's name.
    pub(crate) external: bool,
    /// The name that a `use` binds it to.
    pub(crate) binds: Option<String>,
    /// Where, from 1.
    pub(crate) line: usize,
}

/// Every path in `tokens`, a file whose own module is `module`, that begins
/// with `crate`, `self`, `super`, a name that a `use` of such a path binds, or
/// one of the `external` crates.
pub(crate) fn paths(tokens: &[Token<'_>], module: &[String], external: &[&str]) -> Vec<Named> {
    let plain = Scan::new(tokens, module, external, BTreeMap::new()).run();
    let bound = plain.into_iter().filter_map(|named| match named.binds {
        Some(name) if !named.external => Some((name, named.path)),
        _ => None,
    });
    let aliases: BTreeMap<String, Vec<String>> = bound.collect();
    Scan::new(tokens, module, external, aliases).run()
}

struct Scan<'a> {
    tokens: &'a [Token<'a>],
    external: &'a [&'a str],
    aliases: BTreeMap<String, Vec<String>>,
    at: usize,
    /// The file's module and the inline modules around `at`, each inline one
    /// with the depth of the brace that opened it.
    module: Vec<String>,
    inline: Vec<usize>,
    depth: usize,
    found: Vec<Named>,
}

impl<'a> Scan<'a> {
    fn new(
        tokens: &'a [Token<'a>],
        module: &[String],
        external: &'a [&'a str],
        aliases: BTreeMap<String, Vec<String>>,
    ) -> Self {
        Self {
            tokens,
            external,
            aliases,
            at: 0,
            module: module.to_vec(),
            inline: Vec::new(),
            depth: 0,
            found: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<Named> {
        let mut in_use = false;
        while self.at < self.tokens.len() {
            let text = self.text(0);
            match text {
                "{" => self.open(),
                "}" => self.close(),
                "use" if self.text(1) != "<" => in_use = true,
                ";" => in_use = false,
                _ => {}
            }
            match self.root(text, in_use) {
                Some((root, external)) => {
                    self.at += 1;
                    self.tree(root, external, in_use);
                }
                None => self.at += 1,
            }
        }
        self.found
    }

    fn text(&self, ahead: usize) -> &'a str {
        self.tokens
            .get(self.at + ahead)
            .map_or("", |token| token.text)
    }

    fn before(&self) -> &'a str {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.map_or("", |token| token.text)
    }

    fn open(&mut self) {
        self.depth += 1;
        let keyword = self.at.checked_sub(2).and_then(|at| self.tokens.get(at));
        if keyword.is_some_and(|token| token.text == "mod") {
            self.module.push(self.before().to_owned());
            self.inline.push(self.depth);
        }
    }

    fn close(&mut self) {
        if self.inline.last() == Some(&self.depth) {
            self.inline.pop();
            self.module.pop();
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// Where a path that begins with the name `text` starts from.
    fn root(&self, text: &str, in_use: bool) -> Option<(Vec<String>, bool)> {
        let follows = self.text(1) == "::" || (in_use && self.text(1) == "as");
        if !follows {
            return None;
        }
        if self.external.contains(&text) {
            return Some((vec![text.to_owned()], true));
        }
        if self.before() == "::" {
            return None;
        }
        let start = match text {
            "crate" => Some(Vec::new()),
            "self" => Some(self.module.clone()),
            "super" => {
                let kept = self.module.len().saturating_sub(1);
                Some(self.module[..kept].to_vec())
            }
            _ => self.aliases.get(text).cloned(),
        };
        start.map(|path| (path, false))
    }

    /// Reads what follows the path's first name, groups included.
    fn tree(&mut self, mut path: Vec<String>, external: bool, in_use: bool) {
        let mut line = self.line();
        while self.text(0) == "::" {
            self.at += 1;
            line = self.line();
            match self.text(0) {
                "{" if in_use => return self.group(&path, external),
                "super" => {
                    path.pop();
                }
                name if is_segment(name) => path.push(name.to_owned()),
                _ => break,
            }
            self.at += 1;
        }
        let binds = if in_use { self.binding(&path) } else { None };
        self.found.push(Named {
            path,
            external,
            binds,
            line,
        });
    }

    fn group(&mut self, path: &[String], external: bool) {
        self.at += 1;
        while !matches!(self.text(0), "}" | "") {
            let mut inner = path.to_vec();
            match self.text(0) {
                "," => {
                    self.at += 1;
                    continue;
                }
                "self" => {}
                "super" => {
                    inner.pop();
                }
                name => inner.push(name.to_owned()),
            }
            self.at += 1;
            self.tree(inner, external, true);
        }
        self.at += 1;
    }

    fn binding(&mut self, path: &[String]) -> Option<String> {
        if self.text(0) == "as" {
            let name = self.text(1).to_owned();
            self.at += 2;
            return Some(name);
        }
        path.last().filter(|name| *name != "*").cloned()
    }

    fn line(&self) -> usize {
        let token = self.tokens.get(self.at).or_else(|| self.tokens.last());
        token.map_or(0, |token| token.line)
    }
}

fn is_segment(text: &str) -> bool {
    text == "*"
        || text
            .chars()
            .next()
            .is_some_and(|c| c == '_' || c.is_alphabetic())
}
