//! Steps as scripts: what to run for each, and what undoes it.
//!
//! Nodes and the configuration of the cluster hold more than a plan knows, so
//! they are patched in what differs and never written whole. Names come from the
//! input: every argument is quoted.

use core::fmt::Write as _;

use bgpwright::plan::{
    Edit, Inventory, Migration, Step,
    export::{
        File,
        calico::{self, Datastore},
    },
    inventory::Node,
};
use serde_json::{Map, Value, json};

/// Each step's script, its resources, and the same to undo it.
pub(crate) fn files(from: &Inventory, migration: &Migration, datastore: Datastore) -> Vec<File> {
    let mut files = Vec::new();
    let mut now = from.clone();
    let all = migration.steps.len();
    for (number, step) in (1..).zip(&migration.steps) {
        let before = now.clone();
        step.edits.iter().for_each(|edit| edit.apply(&mut now));
        let heading = format!("Step {number} of {all}: {}", step.title);
        let mut part = |name: &str, head: String, edits: &[Edit], (was, then): Ways<'_>| {
            let name = format!("{number:02}-{name}");
            let mut script = Script::new(&name, datastore);
            script.comment(&head);
            for edit in edits {
                script.edit(edit, was, then);
            }
            if name.ends_with("apply") {
                after(step, &mut script);
            }
            for node in &step.drain {
                script.comment(&format!("Then: kubectl uncordon {node}"));
            }
            files.extend(script.files());
        };
        let mut head = heading.clone();
        if let Some((router, neighbor)) = step.graceful_shutdown.first() {
            let _ = write!(
                head,
                "\nBefore: GRACEFUL_SHUTDOWN over {} sessions between ASes, such as {router} with \
                 {neighbor}",
                step.graceful_shutdown.len()
            );
        }
        // The same sessions restart on the way back.
        let mut drains = String::new();
        for node in &step.drain {
            let _ = write!(drains, "\nBefore: kubectl drain {node}");
        }
        head += &drains;
        part("apply", head, &step.edits, (&before, &now));
        let head = format!("Undoes: {heading}{drains}");
        part("rollback", head, &step.rollback, (&now, &before));
    }
    files
}

/// What was, and what is to be.
type Ways<'a> = (&'a Inventory, &'a Inventory);

fn after(step: &Step, script: &mut Script) {
    for (router, neighbor) in &step.gate.established {
        script.comment(&format!("After, wait for: {router} with {neighbor}"));
    }
    let more = step
        .gate
        .sessions
        .saturating_sub(step.gate.established.len() as u64);
    if more > 0 {
        script.comment(&format!("and for {more} more"));
    }
    if step.gate.sessions > 0 && step.gate.same_prefixes {
        script.comment("and until every router has from these what it has from those that go next");
    }
}

struct Script {
    name: String,
    datastore: Datastore,
    comments: Vec<String>,
    commands: Vec<String>,
    last: Vec<String>,
    resources: Vec<String>,
}

impl Script {
    fn new(name: &str, datastore: Datastore) -> Self {
        Self {
            name: name.to_owned(),
            datastore,
            comments: Vec::new(),
            commands: Vec::new(),
            last: Vec::new(),
            resources: Vec::new(),
        }
    }

    /// Before the first command it is what comes before, and after it what comes
    /// after.
    fn comment(&mut self, text: &str) {
        let lines = text.lines().map(|line| format!("# {line}\n"));
        if self.commands.is_empty() && self.resources.is_empty() {
            self.comments.extend(lines);
        } else {
            self.last.extend(lines);
        }
    }

    fn edit(&mut self, edit: &Edit, was: &Inventory, then: &Inventory) {
        match edit {
            Edit::SetNode(node) => {
                let old = was.nodes.iter().find(|it| it.name == node.name);
                self.node(old, node, then);
            }
            Edit::RemoveNode(name) => {
                self.run(&["kubectl", "delete", "node", name]);
            }
            Edit::SetPeering(peering) => self.resources.push(calico::peer(peering)),
            Edit::RemovePeering(name) => {
                self.run(&["calicoctl", "delete", "bgppeer", name]);
            }
            Edit::RemoveFilter(name) => {
                self.run(&["calicoctl", "delete", "bgpfilter", name]);
            }
            Edit::SetMesh(_) | Edit::SetDefaults { .. } => self.configuration(was, then),
            Edit::SetFilter(filter) => self.resources.push(calico::filter(filter)),
            // Routers outside have configurations of their own kind.
            _ => self.by_hand("the router", &edit.subject()),
        }
    }

    fn by_hand(&mut self, what: &str, name: &str) {
        let text = format!("By hand before this goes on: {what} {name:?}");
        self.run(&["echo", &text]);
    }

    fn run(&mut self, arguments: &[&str]) {
        let quoted: Vec<String> = arguments.iter().map(|it| quoted(it)).collect();
        let command = format!("{}\n", quoted.join(" "));
        if !self.commands.contains(&command) {
            self.commands.push(command);
        }
    }

    fn node(&mut self, old: Option<&Node>, new: &Node, then: &Inventory) {
        let Some(old) = old else {
            self.by_hand("the node, which has to join the cluster,", &new.name);
            return;
        };
        let labels = changed(|of| of.labels.clone(), old, new);
        let (kind, facts) = match self.datastore {
            Datastore::Etcd => ("calicoctl", facts(old, new, ETCD)),
            _ => ("kubectl", facts(old, new, KUBERNETES)),
        };
        let mut patch = Map::new();
        let mut metadata = Map::new();
        if !labels.is_empty() {
            metadata.insert("labels".into(), labels.into());
        }
        if !facts.is_empty() {
            if kind == "kubectl" {
                metadata.insert("annotations".into(), facts.into());
            } else {
                patch.insert("spec".into(), json!({ "bgp": facts }));
            }
        }
        if !metadata.is_empty() {
            patch.insert("metadata".into(), metadata.into());
        }
        if !patch.is_empty() {
            self.patch(kind, "node", &new.name, patch);
        }
        if old.listen_port != new.listen_port {
            if let Some(text) = calico::node_configuration(new, &then.routing) {
                self.resources.push(text);
            } else {
                let name = format!("node.{}", new.name);
                self.run(&["calicoctl", "delete", "bgpconfiguration", &name]);
            }
        }
    }

    /// What differs in the configuration of the cluster. What only a mesh has
    /// goes with it, since Calico refuses it without.
    fn configuration(&mut self, was: &Inventory, then: &Inventory) {
        let spec = |of: &Inventory| {
            let mesh = &of.mesh;
            let password = mesh.password.as_ref().filter(|_| mesh.enabled);
            let restart = mesh.restart_time.filter(|_| mesh.enabled);
            [
                ("asNumber", json!(of.default_as.0)),
                ("listenPort", json!(of.listen_port)),
                ("nodeToNodeMeshEnabled", json!(mesh.enabled)),
                (
                    "nodeMeshPassword",
                    json!(password.map(|it| json!({
                        "secretKeyRef": { "name": it.name, "key": it.key }
                    }))),
                ),
                (
                    "nodeMeshMaxRestartTime",
                    json!(restart.map(|it| format!("{}s", it.as_secs()))),
                ),
            ]
        };
        let pairs = spec(was).into_iter().zip(spec(then));
        let differs = pairs.filter(|(old, new)| old != new);
        let spec: Map<String, Value> = differs
            .map(|(_, (key, value))| (key.to_owned(), value))
            .collect();
        let mut patch = Map::new();
        patch.insert("spec".into(), spec.into());
        self.patch("calicoctl", "bgpconfiguration", "default", patch);
    }

    fn patch(&mut self, program: &str, kind: &str, name: &str, patch: Map<String, Value>) {
        let patch = Value::Object(patch).to_string();
        self.run(&[
            program,
            "patch",
            kind,
            name,
            "--type=merge",
            "--patch",
            &patch,
        ]);
    }

    fn files(self) -> Vec<File> {
        let mut files = Vec::new();
        let mut text = String::from("#!/bin/sh\n");
        text += &self.comments.concat();
        text += "set -eu\n";
        if !self.resources.is_empty() {
            let name = format!("{}.yaml", self.name);
            let _ = writeln!(text, "calicoctl apply -f \"$(dirname \"$0\")/{name}\"");
            files.push(File {
                name,
                text: self.resources.join("---\n"),
            });
        }
        text += &self.commands.concat();
        text += &self.last.concat();
        files.push(File {
            name: format!("{}.sh", self.name),
            text,
        });
        files
    }
}

/// Entries of a map that differ, with `null` for what goes.
fn changed(
    of: impl Fn(&Node) -> std::collections::BTreeMap<String, String>,
    old: &Node,
    new: &Node,
) -> Map<String, Value> {
    let (old, new) = (of(old), of(new));
    let keys = old.keys().chain(new.keys());
    let differs = keys.filter(|key| old.get(*key) != new.get(*key));
    differs
        .map(|key| (key.clone(), json!(new.get(key))))
        .collect()
}

/// A node's facts under the names of a datastore.
fn facts(old: &Node, new: &Node, names: [&str; 4]) -> Map<String, Value> {
    let of = |node: &Node| {
        let texts = [
            node.asn.map(|it| it.0.to_string()),
            node.ipv4.map(|it| it.to_string()),
            node.ipv6.map(|it| it.to_string()),
            node.cluster_id.map(|it| it.to_string()),
        ];
        let named = names.iter().zip(texts);
        named
            .filter_map(|(name, text)| Some(((*name).to_owned(), text?)))
            .collect()
    };
    changed(of, old, new)
}

/// A word of a shell's command line, whatever is in it.
fn quoted(word: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_./:=".contains(it);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

const ETCD: [&str; 4] = [
    "asNumber",
    "ipv4Address",
    "ipv6Address",
    "routeReflectorClusterID",
];
const KUBERNETES: [&str; 4] = [
    "projectcalico.org/ASNumber",
    "projectcalico.org/IPv4Address",
    "projectcalico.org/IPv6Address",
    "projectcalico.org/RouteReflectorClusterID",
];
