//! From the parser's events to trees, within limits.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::{Limits, Tree, Value};
use crate::plan::{finding::Severity, problem::Problem};

/// Collects the documents of one text.
pub(super) struct Builder<'p> {
    file: Arc<str>,
    limits: Limits,
    problems: &'p mut Vec<Problem>,
    documents: Vec<(usize, Tree)>,
    document: usize,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Tree>,
    aliased: usize,
}

/// A list or map whose end has not come.
struct Open {
    tree: Tree,
    anchor: usize,
    key: Option<Tree>,
    keys: BTreeSet<String>,
}

/// The text cannot be read on; the problem has been noted.
struct Stop;

impl<'p> Builder<'p> {
    pub(super) fn new(file: Arc<str>, limits: Limits, problems: &'p mut Vec<Problem>) -> Self {
        Self {
            file,
            limits,
            problems,
            documents: Vec::new(),
            document: 0,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            aliased: 0,
        }
    }

    pub(super) fn run(mut self, text: &str) -> Vec<(usize, Tree)> {
        for event in Parser::new_from_str(text) {
            let done = match event {
                Ok((event, span)) => self.event(event, span.start.line()),
                Err(error) => Err(self.unreadable(text, &error)),
            };
            if done.is_err() {
                break;
            }
        }
        self.documents
    }

    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(_) => {
                self.document = self.document.saturating_add(1);
                self.anchors.clear();
                self.open.clear();
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref();
                let plain = style == ScalarStyle::Plain && !tag.is_some_and(is_string_tag);
                let text = text.into_owned();
                let tree = leaf(Value::Scalar { text, plain }, line, tag);
                self.add(tree, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(leaf(Value::List(Vec::new()), line, tag.as_deref()), anchor)
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(leaf(Value::Map(Vec::new()), line, tag.as_deref()), anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.add(open.tree, open.anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => self.alias(anchor, line),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, tree: Tree, anchor: usize) -> Result<(), Stop> {
        if self.open.len() >= self.limits.depth {
            return Err(self.too_deep(tree.line));
        }
        self.open.push(Open {
            tree,
            anchor,
            key: None,
            keys: BTreeSet::new(),
        });
        Ok(())
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<(), Stop> {
        let Some(tree) = self.anchors.get(&anchor) else {
            return Err(self.error(line, "an alias inside its own anchor".into()));
        };
        if self.open.len().saturating_add(tree.height) > self.limits.depth {
            return Err(self.too_deep(line));
        }
        let (size, tree) = (tree.size, tree);
        self.aliased = self.aliased.saturating_add(size);
        if self.aliased > self.limits.alias_nodes {
            return Err(self.too_many(line));
        }
        let tree = tree.clone();
        self.add(tree, 0)
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, tree: Tree, anchor: usize) -> Result<(), Stop> {
        if anchor != 0 {
            self.aliased = self.aliased.saturating_add(tree.size);
            if self.aliased > self.limits.alias_nodes {
                return Err(self.too_many(tree.line));
            }
            self.anchors.insert(anchor, tree.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push((self.document, tree));
            return Ok(());
        };
        let parent = &mut open.tree;
        parent.size = parent.size.saturating_add(tree.size);
        parent.height = parent.height.max(tree.height.saturating_add(1));
        match &mut parent.value {
            Value::List(list) => list.push(tree),
            Value::Map(map) => {
                if let Some(key) = open.key.take() {
                    map.push((key, tree));
                    return Ok(());
                }
                let twice = tree.text().filter(|key| !open.keys.insert((*key).into()));
                let twice = twice.map(|key| format!("key {key:?} is given twice in one map"));
                let line = tree.line;
                open.key = Some(tree);
                if let Some(message) = twice {
                    // Noted, and no reason to read no further.
                    let Stop = self.error(line, message);
                }
            }
            Value::Scalar { .. } => {}
        }
        Ok(())
    }

    fn too_deep(&mut self, line: usize) -> Stop {
        let message = format!("nested deeper than {} levels", self.limits.depth);
        self.error(line, message)
    }

    fn too_many(&mut self, line: usize) -> Stop {
        let message = format!(
            "anchors and aliases repeat more than {} nodes",
            self.limits.alias_nodes
        );
        self.error(line, message)
    }

    fn unreadable(&mut self, text: &str, error: &ScanError) -> Stop {
        let line = error.marker().line();
        let near = |back: usize| {
            let number = line.checked_sub(back)?;
            let found = text.lines().nth(number).and_then(bare_selector)?;
            Some((number.saturating_add(1), found))
        };
        match near(1).or_else(|| near(2)) {
            Some((line, selector)) => {
                let message = format!(
                    "the selector {selector} without quotes starts with a YAML tag, and what \
                     follows that is no YAML: quote the whole selector"
                );
                self.error(line, message)
            }
            None => self.error(line, format!("no YAML: {}", error.info())),
        }
    }

    fn error(&mut self, line: usize, message: String) -> Stop {
        self.problems.push(Problem {
            severity: Severity::Error,
            file: self.file.clone(),
            document: self.document.max(1),
            line,
            resource: None,
            field: None,
            message,
        });
        Stop
    }
}

/// A line's selector, if it starts with `!` and a word. No other field's value
/// is shown: it may be a secret.
fn bare_selector(line: &str) -> Option<&str> {
    let (key, value) = line.split_once(": ")?;
    if !key.ends_with("elector") {
        return None;
    }
    let value = value.trim();
    let word = value.trim_start_matches(['!', ' ', '(']);
    let negated = value.starts_with('!') && !value.starts_with("!!str");
    (negated && word.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(value)
}

fn leaf(value: Value, line: usize, tag: Option<&Tag>) -> Tree {
    Tree {
        value,
        line,
        tag: tag
            .filter(|tag| !tag.is_yaml_core_schema())
            .map(ToString::to_string),
        size: 1,
        height: 0,
    }
}

fn is_string_tag(tag: &Tag) -> bool {
    tag.is_yaml_core_schema() && tag.suffix == "str"
}
