//! What the page says of failures is what the library works out, pair by pair.

use std::{fs, path::Path};

use bgpwright::plan::Mode;
use serde_json::Value;

use super::{
    browser::Browser,
    clusters::{Cluster, generated},
    shown, skipped, written,
};

/// Chooses every router, rack and session of the page, one after the other; the
/// pairs it says are lost, those it names, and what was chosen.
fn chosen(browser: &mut Browser) -> Vec<Value> {
    let found = browser.eval(
        "(async () => {
            const pause = () => new Promise((done) => setTimeout(done, 90));
            const [input, lost, list] = ['what', 'lost', 'choices'].map((it) => document.getElementById(it));
            const data = JSON.parse(document.getElementById('data').textContent);
            const found = [];
            const note = (kind, name) => {
                let named = 0;
                for (const it of lost.querySelectorAll('.blocks .count')) named += parseInt(it.textContent.replaceAll(',', ''), 10);
                found.push({ kind, name, pairs: Number(lost.dataset.pairs), named, title: lost.querySelector('h3').textContent });
            };
            for (const part of document.querySelectorAll('#canvas [data-router]')) {
                part.dispatchEvent(new MouseEvent('click', { bubbles: true }));
                note('router', part.dataset.router);
            }
            for (const [kind, name] of data.domains) {
                input.value = name;
                input.dispatchEvent(new Event('input'));
                await pause();
                const line = [...list.children].find((it) => it.querySelector('.type').textContent === kind
                    && [name, `${kind} ${name}`].includes(it.querySelector('.label').textContent));
                line.click();
                note(kind, name);
            }
            const rows = document.querySelectorAll('#rows tr[data-at]');
            rows.forEach((row) => { row.click(); note('session', row.dataset.at); });
            return found;
        })()",
    );
    found.as_array().unwrap().clone()
}

fn compare(name: &str, file: &str) -> usize {
    let cluster = Cluster::read(file);
    let mut browser = shown(name, &[file]);
    let found = chosen(&mut browser);
    for one in &found {
        let name = one["name"].as_str().unwrap();
        let expected = match one["kind"].as_str().unwrap() {
            "router" => cluster.without_router(name),
            "session" => cluster.without_session(name.parse().unwrap()),
            kind => cluster.without_domain(kind, name),
        };
        assert_eq!(one["pairs"], expected, "{file}: {one}");
        assert_eq!(one["named"], expected, "{file}: {one}");
    }
    found.len()
}

#[test]
fn every_failure_of_the_racks_is_what_the_library_says() {
    if skipped() {
        return;
    }
    let looked = compare("racks", "examples/clusters/rack.yaml");
    assert_eq!(looked, 8 + 2 + 8, "routers, racks and sessions");
}

#[test]
fn every_failure_of_odd_clusters_is_what_the_library_says() {
    if skipped() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/calico/traps");
    let mut looked = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let trap = name.strip_suffix(".yaml");
        // The point of these is that they are refused.
        let refused = ["peerip-no-as", "unquoted-not-selector"];
        if let Some(trap) = trap.filter(|it| !refused.contains(it)) {
            looked += compare(trap, &format!("tests/data/calico/traps/{name}"));
        }
    }
    assert!(looked > 50, "{looked} failures looked at");
}

#[test]
fn failures_in_racks_with_reflectors_are_what_the_library_says() {
    if skipped() {
        return;
    }
    let mut text = generated(45, Mode::RrPerRack);
    // The last rack has one reflector only.
    text = text.replace("name: node-41\n", "name: node-41-was-a-reflector\n");
    let file = written("racks-of-45.yaml", &text);
    let looked = compare("racks-of-45", &file);
    assert!(looked > 60, "{looked} failures looked at");
}
