//! The rules, each over one file: its path from the root, and its text.

use crate::{
    paths::{Named, paths},
    table::Table,
    tokens::product_tokens,
};

/// Lines of code that a file may have.
pub(crate) const MAX_LINES: usize = 400;
/// Lines of code that a file may have if it has given its reason.
pub(crate) const MAX_LINES_WITH_REASON: usize = 500;

/// The module path of a source file; empty for the crate's root.
pub(crate) fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    if inner == "lib" {
        return Vec::new();
    }
    inner.split('/').map(str::to_owned).collect()
}

/// Imports, and paths in the code, that the table does not allow.
pub(crate) fn imports(file: &str, text: &str, table: &Table) -> Vec<String> {
    let module = module_of(file);
    let Some(layer) = module.first() else {
        return Vec::new();
    };
    let Some(allowed) = table.allowed(layer) else {
        return vec![format!("{file}:1: {layer} has no row in the import table")];
    };
    let tokens = product_tokens(text);
    let found = paths(&tokens, &module, &[]);
    let wrong = found
        .iter()
        .filter(|named| !may_name(layer, allowed, named));
    wrong
        .map(|named| {
            let what = match named.path.first() {
                None => "the crate's root".to_owned(),
                Some(first) if first == "*" => "the crate's root".to_owned(),
                Some(_) => named.path.join("::"),
            };
            let line = named.line;
            format!(
                "{file}:{line}: {layer} imports {what}; {layer} may import {}",
                list(allowed)
            )
        })
        .collect()
}

fn may_name(layer: &str, allowed: &[Vec<String>], named: &Named) -> bool {
    if named.path.first().is_some_and(|first| first == layer) {
        return true;
    }
    // A module may be bound to a name of which only some items may be used:
    // the uses are paths of their own and judged as such.
    let whole = named.binds.is_some() && !named.path.is_empty();
    allowed
        .iter()
        .any(|entry| named.path.starts_with(entry) || (whole && entry.starts_with(&named.path)))
}

fn list(allowed: &[Vec<String>]) -> String {
    if allowed.is_empty() {
        return "no other layer".to_owned();
    }
    let paths: Vec<String> = allowed.iter().map(|path| path.join("::")).collect();
    paths.join(", ")
}

/// Names that have no place in a library without I/O.
pub(crate) fn banned(file: &str, text: &str) -> Vec<String> {
    let tokens = product_tokens(text);
    let mut found = Vec::new();
    for named in paths(&tokens, &module_of(file), &["std"]) {
        let module = named.path.get(1).map_or("", String::as_str);
        if named.external && (STD_MODULES.contains(&module) || module == "*") {
            found.push(format!("{file}:{}: {}", named.line, named.path.join("::")));
        }
    }
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map_or("", |token| token.text);
        let console = next == "!" && MACROS.contains(&token.text);
        if console || TYPES.contains(&token.text) {
            found.push(format!("{file}:{}: {}", token.line, token.text));
        }
    }
    found
}

/// What is wrong with the length of a file, if anything.
pub(crate) fn length(file: &str, text: &str, exceptions: &[(&str, &str)]) -> Option<String> {
    let lines = code_lines(text);
    let listed = exceptions.iter().any(|(name, _)| *name == file);
    let limit = if listed {
        MAX_LINES_WITH_REASON
    } else {
        MAX_LINES
    };
    (lines > limit).then(|| format!("{file}: {lines} lines of code, over {limit}"))
}

/// Lines with code on them: neither blank, nor comment, nor test.
pub(crate) fn code_lines(text: &str) -> usize {
    let mut count = 0;
    let mut counted = 0;
    for token in product_tokens(text) {
        let first = token.line.max(counted + 1);
        if token.last_line >= first {
            count += token.last_line - first + 1;
            counted = token.last_line;
        }
    }
    count
}

const STD_MODULES: &[&str] = &[
    "env", "fs", "io", "net", "os", "process", "sync", "thread", "time",
];
const MACROS: &[&str] = &["dbg", "eprint", "eprintln", "print", "println"];
const TYPES: &[&str] = &["HashMap", "HashSet", "RandomState", "SystemTime"];
