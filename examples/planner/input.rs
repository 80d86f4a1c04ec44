//! From files to a plan. All that is wrong with them is told at once.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use bgpwright::plan::{
    self, Inventory, Plan, Severity,
    dialect::{
        self,
        calico::{self, Places},
    },
    fabric,
    inventory::Dialect,
    yaml::{Limits, Source},
};

use crate::{options, output::Failed, progress};

/// What was read, and what comes of it.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) inventory: Inventory,
    pub(crate) plan: Plan,
    pub(crate) places: Places,
    /// As which version's the resources were read.
    pub(crate) version: calico::Version,
}

impl Input {
    /// By whose rules it was read.
    pub(crate) fn whose(&self) -> String {
        match self.inventory.dialect {
            Dialect::Calico => format!("Calico {}", self.version),
            other => other.to_string(),
        }
    }
}

pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Text {
    fn source(&self) -> Source<'_> {
        Source {
            name: &self.name,
            text: &self.text,
        }
    }
}

/// # Errors
/// Everything that makes the files unusable.
pub(crate) fn read(options: &options::Input) -> Result<Input, Vec<Failed>> {
    let mut errors: Vec<String> = Vec::new();
    let mut files = Vec::new();
    for path in &options.files {
        find(path, &mut files, &mut errors);
    }
    let texts: Vec<(bool, Text)> = files
        .iter()
        .filter_map(|path| Some((is_fabric(path), load(path, &mut errors)?)))
        .collect();
    let (fabrics, resources): (Vec<_>, Vec<_>) = texts.into_iter().partition(|(is, _)| *is);
    let sources: Vec<_> = resources.iter().map(|(_, text)| text.source()).collect();
    let mut as_of = calico::Options::default();
    as_of.version = options.reading.calico_version;
    as_of.router_ids = options.reading.router_ids.router_ids();
    let whose = match options.reading.dialect.dialect() {
        Some(whose) => whose,
        None => match dialect::of(&sources) {
            Ok(whose) => whose,
            Err(why) => return Err(vec![Failed(format!("{why} (--dialect)"))]),
        },
    };
    let reading = match whose {
        Dialect::Calico => progress::during("reading", || {
            calico::read_as(&sources, &Limits::default(), as_of)
        }),
        whose => dialect::read(whose, &sources, &Limits::default()),
    };
    let mut problems = reading.problems;
    let mut inventory = reading.inventory;
    let mut places = reading.places;
    for (_, text) in &fabrics {
        match fabric::read(text.source(), &Limits::default()) {
            Ok(mut fabric) => {
                places.append(&mut fabric.places);
                fabric.apply(&mut inventory);
            }
            Err(found) => problems.extend(found),
        }
    }
    for problem in &problems {
        match problem.severity {
            Severity::Error => errors.push(problem.to_string()),
            severity => eprintln!("{severity}: {problem}"),
        }
    }
    if errors.is_empty() && inventory.nodes.is_empty() {
        errors.push("the input holds no Node: there is nothing to plan".to_owned());
    }
    if !errors.is_empty() {
        return Err(errors.into_iter().map(Failed).collect());
    }
    let plan = progress::during("pairing", || plan::plan(&inventory));
    Ok(Input {
        inventory,
        plan,
        places,
        version: as_of.version,
    })
}

/// A file, and the fabric beside it; or what a folder holds.
fn find(path: &Path, files: &mut Vec<PathBuf>, errors: &mut Vec<String>) {
    if !path.is_dir() {
        files.push(path.to_owned());
        let beside = ["fabric.yaml", "fabric.yml", "fabric.json"];
        let beside = beside.map(|extension| path.with_extension(extension));
        let beside = beside.into_iter().filter(|it| it.is_file() && it != path);
        files.extend(beside);
        return;
    }
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return errors.push(format!("cannot read {}: {error}", path.display())),
    };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.retain(|file| {
        let extension = file.extension().and_then(|it| it.to_str());
        file.is_file() && matches!(extension, Some("yaml" | "yml" | "json"))
    });
    if found.is_empty() {
        let name = path.display();
        errors.push(format!(
            "{name}: no .yaml, .yml or .json file in this folder"
        ));
    }
    found.sort();
    files.extend(found);
}

fn is_fabric(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.contains(".fabric."))
}

pub(crate) fn load(path: &Path, errors: &mut Vec<String>) -> Option<Text> {
    let name = path.display().to_string();
    let read = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    match read {
        Ok(text) => Some(Text { name, text }),
        Err(error) => {
            errors.push(format!("cannot read {name}: {error}"));
            None
        }
    }
}
