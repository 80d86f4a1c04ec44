//! `planner report`: one page for people, with everything in it.
//!
//! The page is made of parts of ours that know nothing of any cluster, and one
//! block of JSON that the page's script reads. Names from the input are in that
//! block only, and in the picture, which escapes them itself.

mod comparison;
mod data;
mod failures;
mod sets;
mod tables;

use core::fmt::Write as _;
use std::{
    fs,
    path::{Path, PathBuf},
};

use bgpwright::plan::{Checks, Severity, check, export::svg, plan_listing};
use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

use self::data::Data;
use crate::{
    input::Input,
    options::Report,
    output::{Failed, print},
    progress,
};

/// Writes the page. Whether no finding is an error.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn run(mut input: Input, options: &Report) -> Result<bool, Failed> {
    if input.plan.sessions.len() > MOST_LISTED {
        input.plan = plan_listing(&input.inventory, MESH_LISTED);
    }
    let mut checks = Checks::default();
    checks.rule = options.reflection.rule();
    let findings = progress::during("checking", || check(&input.inventory, &input.plan, &checks));
    let data = progress::during("looking at failures", || {
        Data::new(&input, &findings, options)
    });
    let picture = svg::draw(&input.plan, &svg::Style::default());
    let text = page(&data, &picture)?;
    match &options.out {
        Some(path) => write(path, &text)?,
        None => print(&text)?,
    }
    Ok(findings.iter().all(|it| it.severity != Severity::Error))
}

/// The page's parts, put together.
fn page(data: &Data<'_>, picture: &str) -> Result<String, Failed> {
    let json = serde_json::to_string(data)
        .map_err(|error| Failed(format!("the report's data cannot be written: {error}")))?;
    let mut page = String::new();
    let mut rest = PAGE;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            return Err(Failed("the report's page has an open mark".into()));
        };
        match name {
            "hash" => page.push_str(&BASE64.encode(&Sha256::digest(script(&SCRIPTS.concat())))),
            "title" => page.push_str(&text(&data.title)),
            "style" => page.push_str(STYLE),
            "data" => page.push_str(&inert(&json)),
            "picture" => page.push_str(picture),
            "script" => page.push_str(&script(&SCRIPTS.concat())),
            name => return Err(Failed(format!("the report has no part {name:?}"))),
        }
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// The script as it stands between its tags: a browser runs it by its hash, and
/// nothing else.
fn script(parts: &str) -> String {
    format!("\n(() => {{\n'use strict';\n{parts}}})();\n")
}

/// Text between tags.
fn text(of: &str) -> String {
    let mut text = String::new();
    for c in of.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            c => text.push(c),
        }
    }
    text
}

/// JSON in which nothing ends or opens an element: outside of its strings none
/// of these characters occurs.
fn inert(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text
}

/// All of it or nothing: what was there before stays until the new one is whole.
fn write(path: &Path, text: &str) -> Result<(), Failed> {
    let failed = |error| Failed(format!("cannot write {}: {error}", path.display()));
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    fs::write(&part, text).map_err(failed)?;
    fs::rename(&part, path).map_err(|error| {
        // What is left behind is of no use to anybody.
        let _ = fs::remove_file(&part);
        failed(error)
    })
}

const PAGE: &str = include_str!("report/page.html");
const STYLE: &str = include_str!("report/style.css");
const SCRIPTS: &[&str] = &[
    include_str!("report/script/base.js"),
    include_str!("report/script/findings.js"),
    include_str!("report/script/sessions.js"),
    include_str!("report/script/failures.js"),
    include_str!("report/script/picture.js"),
    include_str!("report/script/comparison.js"),
    include_str!("report/script/page.js"),
];

/// Sessions that a page lists one by one, and those of one mesh.
const MOST_LISTED: usize = 40_000;
const MESH_LISTED: u64 = 20_000;
