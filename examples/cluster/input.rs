//! From the command line to what is to run. All that is wrong with the input is
//! told at once, before anything runs.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use bgpwright::plan::{
    self, Code, Finding, Inventory, MAX_NODES, Problem, Severity, SpeakerPlan, Verdict,
    assign_pod_cidrs,
    dialect::calico,
    fabric::{self, Fabric},
    inventory::Underlay,
    yaml::{Limits, Source},
};

use crate::options::{Mode, Options};

/// A text and its name.
#[derive(Debug)]
struct Text {
    name: String,
    text: String,
}

/// What is to run.
#[derive(Debug)]
pub(crate) struct Input {
    /// A speaker for each router.
    pub(crate) plans: Vec<SpeakerPlan>,
    /// Sessions, as [`plan::PeerPlan::session`] counts them, that nobody would
    /// answer, and why.
    pub(crate) unanswered: BTreeMap<usize, &'static str>,
}

/// What the options ask for.
///
/// # Errors
/// With everything that makes the input unusable.
pub(crate) fn input(options: &Options) -> Result<Input, Vec<String>> {
    let mut inventory = match options.nodes {
        Some(nodes) => generated(nodes, options.mode)?,
        None => read(options)?,
    };
    if inventory.nodes.is_empty() {
        return Err(vec![
            "the input holds no Node: there is nothing to run".to_owned(),
        ]);
    }
    let mut findings = assign_pod_cidrs(&mut inventory);
    let plan = plan::plan(&inventory);
    findings.extend(plan.findings.iter().cloned());
    judge(&findings)?;
    let unanswered = plan.sessions.iter().enumerate();
    let unanswered = unanswered.filter_map(|(index, session)| {
        let why = match session.verdict {
            Verdict::PortMismatch => "nobody listens at the port that is dialled",
            Verdict::BothPassive => "both ends wait for the other to dial",
            Verdict::HalfOpen => "only one of the two ends is configured",
            Verdict::UnknownRemote => "the plan has no router at that address",
            _ => return None,
        };
        Some((index, why))
    });
    Ok(Input {
        plans: plan::speakers(&plan),
        unanswered: unanswered.collect(),
    })
}

/// What to tell somebody who named a node that there is not.
pub(crate) fn unknown_node(name: &str, plans: &[SpeakerPlan]) -> String {
    let known: Vec<_> = plans.iter().map(|plan| plan.name.as_str()).collect();
    let rest = known.len().saturating_sub(NAMED);
    let list = known.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    let rest = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!("there is no node {name}; there are {list}{rest}")
}

fn generated(nodes: u32, mode: Mode) -> Result<Inventory, Vec<String>> {
    let nodes = usize::try_from(nodes).unwrap_or(usize::MAX);
    if nodes > MAX_NODES {
        return Err(vec![format!(
            "--nodes {nodes}: at most {MAX_NODES} can be made"
        )]);
    }
    let mode = match mode {
        Mode::Mesh => plan::Mode::Mesh,
        Mode::Rr => plan::Mode::Rr,
        Mode::RrPerRack => plan::Mode::RrPerRack,
    };
    Ok(plan::generate(nodes, mode))
}

fn read(options: &Options) -> Result<Inventory, Vec<String>> {
    let mut errors = Vec::new();
    let resources = if options.files.is_empty() {
        vec![built_in()]
    } else {
        load(&options.files, &mut errors)
    };
    let fabrics = if options.fabric.is_empty() {
        load(&siblings(&options.files), &mut errors)
    } else {
        load(&options.fabric, &mut errors)
    };
    if resources.is_empty() {
        return Err(errors);
    }
    let sources: Vec<_> = resources.iter().map(Text::source).collect();
    let reading = calico::read(&sources, &Limits::default());
    for problem in &reading.problems {
        note(problem, &mut errors);
    }
    let mut inventory = reading.inventory;
    let mut around: Option<Fabric> = None;
    for text in &fabrics {
        match fabric::read(text.source(), &Limits::default()) {
            Ok(fabric) => join(&mut around, fabric),
            Err(problems) => problems
                .iter()
                .for_each(|problem| note(problem, &mut errors)),
        }
    }
    if let Some(fabric) = around {
        fabric.apply(&mut inventory);
    }
    if errors.is_empty() {
        Ok(inventory)
    } else {
        Err(errors)
    }
}

/// The cluster of the blog's first lab.
fn built_in() -> Text {
    Text {
        name: "built-in mesh.yaml".to_owned(),
        text: include_str!("../clusters/mesh.yaml").to_owned(),
    }
}

fn load(paths: &[PathBuf], errors: &mut Vec<String>) -> Vec<Text> {
    let mut texts = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        let read = if path == Path::new("-") {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map(|_| text)
        } else {
            fs::read_to_string(path)
        };
        match read {
            Ok(text) => texts.push(Text { name, text }),
            Err(error) => errors.push(format!("cannot read {name}: {error}")),
        }
    }
    texts
}

/// `x.fabric.yaml` for each `x.yaml` that has one beside it.
fn siblings(files: &[PathBuf]) -> Vec<PathBuf> {
    let fabrics = files.iter().flat_map(|file| {
        let extensions = ["fabric.yaml", "fabric.yml", "fabric.json"];
        extensions.map(|extension| file.with_extension(extension))
    });
    fabrics.filter(|file| file.is_file()).collect()
}

/// Several files describe one fabric.
fn join(fabric: &mut Option<Fabric>, other: Fabric) {
    match fabric {
        None => *fabric = Some(other),
        Some(fabric) => {
            if other.underlay == Underlay::Connected {
                fabric.underlay = Underlay::Connected;
            }
            fabric.routers.extend(other.routers);
        }
    }
}

/// An error is for later, with the others; anything else is said now.
fn note(problem: &Problem, errors: &mut Vec<String>) {
    match problem.severity {
        Severity::Error => errors.push(problem.to_string()),
        severity => eprintln!("{severity}: {problem}"),
    }
}

/// Says what the planner noticed. A session that will not come up is for the
/// run to show, as it would in a cluster.
///
/// # Errors
/// If it cannot be said what to run.
fn judge(findings: &[Finding]) -> Result<(), Vec<String>> {
    let is_open = |code: Code| {
        matches!(
            code,
            Code::Conflict | Code::DuplicateAddress | Code::RemoteAsZero
        )
    };
    let is_error = |finding: &&Finding| is_open(finding.code);
    let text = |finding: &Finding| format!("[{}] {}", finding.code, finding.message);
    let others = findings.iter().filter(|finding| !is_error(finding));
    for finding in others.clone().take(SAID) {
        eprintln!("{}: {}", finding.severity, text(finding));
    }
    let unsaid = others.count().saturating_sub(SAID);
    if unsaid > 0 {
        eprintln!("note: the planner noticed {unsaid} more things");
    }
    let errors: Vec<_> = findings.iter().filter(is_error).map(text).collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

impl Text {
    fn source(&self) -> Source<'_> {
        Source {
            name: &self.name,
            text: &self.text,
        }
    }
}

/// Node names in one message.
const NAMED: usize = 20;
/// Warnings and notes that are printed.
const SAID: usize = 20;
