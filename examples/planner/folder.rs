//! Writing a set of files: all of them, or none.

use std::{
    fs,
    path::{Component, Path},
};

use bgpwright::plan::export::File;

use crate::output::Failed;

/// Writes files into a folder that is new or empty. They are written beside it
/// first, so that what stops halfway leaves nothing behind.
///
/// # Errors
/// If the folder holds something, or a file cannot be written.
pub(crate) fn write(folder: &Path, files: &[File]) -> Result<(), Failed> {
    let name = folder.display();
    let failed = |what: &str, error: std::io::Error| Failed(format!("{name}: {what}: {error}"));
    if let Ok(mut entries) = fs::read_dir(folder)
        && entries.next().is_some()
    {
        return Err(Failed(format!("{name}: expected a new or empty folder")));
    }
    if folder.is_file() {
        return Err(Failed(format!("{name}: expected a folder, found a file")));
    }
    let within = |path: &str| {
        let mut parts = Path::new(path).components();
        parts.all(|it| matches!(it, Component::Normal(_)))
    };
    if let Some(file) = files.iter().find(|it| !within(&it.name)) {
        let file = &file.name;
        return Err(Failed(format!(
            "{name}: {file:?} would not be in this folder"
        )));
    }
    let mut aside = folder.as_os_str().to_owned();
    aside.push(format!(".part-{}", std::process::id()));
    let aside = Path::new(&aside);
    let written = (|| {
        fs::create_dir_all(aside)?;
        for file in files {
            let path = aside.join(&file.name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, &file.text)?;
        }
        if folder.is_dir() {
            fs::remove_dir(folder)?;
        }
        fs::rename(aside, folder)
    })();
    written.map_err(|error| {
        // Nothing of it is left; a second failure would say no more.
        let _ = fs::remove_dir_all(aside);
        failed("cannot write", error)
    })
}
