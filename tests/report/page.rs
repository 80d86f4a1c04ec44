//! The page as people use it: with a mouse, with keys alone, in the dark, and on
//! a telephone.

use core::fmt::Write as _;
use std::{collections::BTreeMap, env, fs, path::PathBuf};

use bgpwright::plan::{
    Checks, Code, Mode, Severity, Verdict, check,
    strategy::{Requirements, recommend},
};
use serde_json::{Value, json};

use super::{
    NARROW, WIDE,
    browser::Browser,
    clusters::{Cluster, generated},
    report, shown, skipped, written,
};

/// What a card of the summary says.
fn card(browser: &mut Browser, card: &str) -> (String, BTreeMap<String, u64>) {
    let said = browser.eval(&format!(
        "(() => {{ const card = document.querySelector('[data-card={card}]');
            const rows = [...card.querySelectorAll('li')].map((it) => [it.dataset.name, Number(it.dataset.count)]);
            return [card.querySelector('.big').textContent, rows]; }})()"
    ));
    let rows = said[1].as_array().unwrap().iter();
    let rows = rows.map(|it| (it[0].as_str().unwrap().into(), it[1].as_u64().unwrap()));
    (said[0].as_str().unwrap().into(), rows.collect())
}

/// Holds the summary against the plan.
fn counts_are_right(browser: &mut Browser, cluster: &Cluster) {
    let plan = &cluster.plan;
    let (nodes, _) = card(browser, "nodes");
    assert_eq!(nodes, cluster.inventory.nodes.len().to_string());
    let (sessions, states) = card(browser, "sessions");
    let verdicts = [
        (Verdict::Established, "established"),
        (Verdict::HalfOpen, "half-open"),
        (Verdict::AsMismatch, "as-mismatch"),
        (Verdict::UnknownRemote, "unknown-remote"),
        (Verdict::BothPassive, "both-passive"),
        (Verdict::PortMismatch, "port-mismatch"),
        (Verdict::Duplicate, "duplicate"),
    ];
    let expected: BTreeMap<String, u64> = verdicts
        .into_iter()
        .map(|(verdict, name)| (name.to_owned(), plan.count(verdict)))
        .filter(|it| it.1 > 0)
        .collect();
    let all: u64 = expected.values().sum();
    assert_eq!(states, expected);
    assert_eq!(sessions.replace(',', ""), all.to_string());
    let (_, types) = card(browser, "types");
    assert_eq!(types.values().sum::<u64>(), all, "{types:?}");
    let findings = check(&cluster.inventory, plan, &Checks::default());
    let (count, by_severity) = card(browser, "findings");
    assert_eq!(count, findings.len().to_string());
    for (severity, name) in [
        (Severity::Error, "errors"),
        (Severity::Warning, "warnings"),
        (Severity::Note, "notes"),
    ] {
        let expected = findings.iter().filter(|it| it.severity == severity).count();
        let found = by_severity.get(name).copied().unwrap_or(0);
        assert_eq!(found, expected as u64, "{name}");
    }
    let codes = browser
        .eval("[...document.querySelectorAll('#list [data-code]')].map((it) => it.dataset.code)");
    let expected: Vec<&str> = findings.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, json!(expected));
}

fn text_of(browser: &mut Browser, selector: &str) -> String {
    let said = browser.eval(&format!(
        "document.querySelector({}).textContent",
        json!(selector)
    ));
    said.as_str().unwrap().to_owned()
}

#[test]
fn the_summary_has_the_counts_of_the_plan() {
    if skipped() {
        return;
    }
    let file = "examples/clusters/rack.yaml";
    let mut browser = shown("summary-rack", &[file]);
    counts_are_right(&mut browser, &Cluster::read(file));
    for (name, nodes, mode) in [
        ("mesh-100", 100, Mode::Mesh),
        ("racks-of-500", 500, Mode::RrPerRack),
    ] {
        let file = written(&format!("{name}.yaml"), &generated(nodes, mode));
        let mut browser = shown(&format!("summary-{name}"), &[&file]);
        counts_are_right(&mut browser, &Cluster::read(&file));
    }
}

#[test]
fn search_and_sort_narrow_and_order_the_table() {
    if skipped() {
        return;
    }
    let file = written("search.yaml", &generated(100, Mode::Mesh));
    let mut browser = shown("search", &[&file]);
    assert_eq!(text_of(&mut browser, "#shown"), "4,950 of 4,950 sessions");
    let drawn = browser.eval("document.querySelectorAll('#rows tr[data-at]').length");
    assert!(
        drawn.as_u64().unwrap() < 100,
        "{drawn} rows for what is in view"
    );
    browser.click("#search");
    browser.write("NODE-77");
    browser.wait("document.getElementById('shown').textContent === '99 of 4,950 sessions'");
    browser.click("#search");
    browser.write(" node-78");
    browser.wait("document.getElementById('shown').textContent === '1 of 4,950 sessions'");
    let cells = browser
        .eval("[...document.querySelectorAll('#rows tr[data-at] td')].map((it) => it.textContent)");
    for expected in [
        "● established",
        "node-77",
        "10.0.0.78",
        "64512",
        "node-78",
        "10.0.0.79",
        "iBGP",
    ] {
        assert!(
            cells.as_array().unwrap().contains(&json!(expected)),
            "{expected} in {cells}"
        );
    }
    browser.press("Escape");
    browser.wait("document.getElementById('shown').textContent === '4,950 of 4,950 sessions'");
    let first = "document.querySelector('#rows tr[data-at] td:nth-child(5)').textContent";
    browser.click("#heads th:nth-child(5) button");
    assert_eq!(
        browser.eval(first),
        "node-1",
        "names in the order of their numbers"
    );
    browser.click("#heads th:nth-child(5) button");
    assert_eq!(browser.eval(first), "node-99");
    browser.eval("document.getElementById('scroller').focus()");
    browser.press("End");
    browser.wait(
        "document.getElementById('scroller').getAttribute('aria-activedescendant') === 'row-4949'",
    );
    browser.wait("document.getElementById('row-4949') !== null");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_click_on_a_router_shows_what_is_lost_without_it() {
    if skipped() {
        return;
    }
    let mut browser = shown("click", &["examples/clusters/rack.yaml"]);
    browser.click("#canvas [data-router=leaf0]");
    assert_eq!(text_of(&mut browser, "#lost h3"), "Without leaf0");
    let expected = Cluster::read("examples/clusters/rack.yaml").without_router("leaf0");
    assert_eq!(
        browser.eval("Number(document.getElementById('lost').dataset.pairs)"),
        expected
    );
    let marked = |browser: &mut Browser, class: &str| {
        browser.eval(&format!("[...document.querySelectorAll('#canvas [data-router].{class}')].map((it) => it.dataset.router).sort()"))
    };
    assert_eq!(marked(&mut browser, "failed"), json!(["leaf0"]));
    let nodes = [
        "calico-bgp-rr-control-plane",
        "calico-bgp-rr-worker",
        "calico-bgp-rr-worker2",
        "calico-bgp-rr-worker3",
    ];
    assert_eq!(marked(&mut browser, "affected"), json!(nodes));
    browser.click("#its-sessions");
    assert_eq!(text_of(&mut browser, "#shown"), "4 of 8 sessions");
    browser.click("#of-node");
    assert_eq!(text_of(&mut browser, "#shown"), "8 of 8 sessions");
    // From a finding to what it is about.
    browser.click("#list [data-code=single-point] .subjects button");
    assert_eq!(text_of(&mut browser, "#lost h3"), "Without leaf0");
    browser.click("#clear");
    assert_eq!(marked(&mut browser, "failed"), json!([]));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn findings_are_sought_by_severity_and_text() {
    if skipped() {
        return;
    }
    let mut browser = shown("findings", &["examples/clusters/rack.yaml"]);
    let codes = "[...document.querySelectorAll('#list [data-code]')].map((it) => it.dataset.code)";
    let single = Code::SinglePoint.as_str();
    let shared = Code::SharedRouterId.as_str();
    browser.click("#severities [data-severity=note]");
    assert_eq!(browser.eval(codes), json!([shared, single, single]));
    browser.click("#find");
    browser.write("Leaf1 router");
    browser.wait("document.getElementById('found').textContent === '2 of 6 findings'");
    assert_eq!(browser.eval(codes), json!([shared, single]));
    browser.press("Escape");
    browser.wait("document.getElementById('found').textContent === '3 of 6 findings'");
}

/// Presses Tab until an element has the focus; each on the way shows that it has.
fn tab_to(browser: &mut Browser, selector: &str) {
    for _ in 0..80 {
        browser.press("Tab");
        let at = browser.eval(&format!(
            "(() => {{ const it = document.activeElement;
                if (it === document.body) return ['nothing', true, false];
                const shown = getComputedStyle(it).outlineStyle !== 'none';
                return [it.outerHTML.slice(0, 80), shown, it.matches({})]; }})()",
            json!(selector)
        ));
        assert_eq!(at[1], true, "the focus does not show: {}", at[0]);
        if at[2] == true {
            return;
        }
    }
    panic!("no key leads to {selector}");
}

#[test]
fn keys_alone_do_everything() {
    if skipped() {
        return;
    }
    let mut browser = shown("keys", &["examples/clusters/rack.yaml"]);
    let title = "document.querySelector('#lost h3')?.textContent ?? null";
    tab_to(&mut browser, "#theme");
    // The picture: one stop, arrows within.
    tab_to(&mut browser, "#canvas [data-router]");
    let here = "document.activeElement.dataset.router";
    let first = browser.eval(here);
    browser.press("ArrowDown");
    browser.press("ArrowRight");
    let second = browser.eval(here);
    assert_ne!(first, second);
    browser.press("Enter");
    assert_eq!(
        browser.eval(title),
        format!("Without {}", second.as_str().unwrap())
    );
    browser.press("Escape");
    assert_eq!(browser.eval(title), Value::Null);
    // The list of what may fail.
    tab_to(&mut browser, "#what");
    browser.write("leaf1");
    browser.wait("document.querySelector('#choices .label')?.textContent === 'leaf1'");
    browser.press("ArrowDown");
    assert_eq!(
        browser.eval("document.getElementById('what').getAttribute('aria-activedescendant')"),
        "choice-0"
    );
    browser.press("Enter");
    assert_eq!(browser.eval(title), "Without leaf1");
    browser.press("Escape");
    browser.press("Escape");
    assert_eq!(browser.eval(title), Value::Null);
    // Findings.
    tab_to(&mut browser, "#severities button");
    tab_to(&mut browser, "#find");
    browser.write("nothing is called so");
    browser.wait("document.getElementById('found').textContent === '0 of 6 findings'");
    browser.press("Escape");
    // Sessions.
    tab_to(&mut browser, "#search");
    tab_to(&mut browser, "#scroller");
    browser.press("ArrowDown");
    browser.press("ArrowDown");
    browser.press("Enter");
    let cluster = Cluster::read("examples/clusters/rack.yaml");
    assert_eq!(
        browser.eval("Number(document.getElementById('lost').dataset.pairs)"),
        cluster.without_session(1)
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn names_that_look_like_markup_stay_names() {
    if skipped() {
        return;
    }
    // A name has no slashes.
    let names = [
        "<script><img src=x onerror=document.title='broken'>",
        "__proto__",
        "' onmouseover='document.title=1' x=\\\" \\u2028 &lt;b&gt; {{data}} {{script}}",
    ];
    let racks = [
        "</title><script>document.title='broken'</script>",
        "<!--<script>",
        "]]>--></svg><style>*{display:none}</style>",
    ];
    let mut text = "kind: List\napiVersion: v1\nitems:\n".to_owned();
    for (at, (name, rack)) in names.iter().zip(racks).enumerate() {
        let _ = write!(
            text,
            "- apiVersion: projectcalico.org/v3\n  kind: Node\n  metadata: {{name: \"{name}\", \
             labels: {{rack: \"{rack}\"}}}}\n  spec: {{bgp: {{ipv4Address: 10.0.0.{}/24}}}}\n",
            at + 1
        );
    }
    // A peer that nobody has and a selector that nobody meets name themselves.
    text += "- {apiVersion: projectcalico.org/v3, kind: BGPPeer, metadata: {name: \"<svg onload=document.title=2>\"}, \
             spec: {nodeSelector: \"has(nobody)\", peerIP: 192.0.2.1, asNumber: 1}}\n";
    let file = written("hostile.yaml", &text);
    let title = "</title></h1><script>document.title='broken'</script>";
    let mut browser = shown("hostile", &[&file, "--title", title]);
    assert_eq!(browser.eval("document.title"), title);
    assert_eq!(text_of(&mut browser, "#title"), title);
    let foreign = "document.querySelectorAll('img, iframe, object, embed, link, [onerror], [onload], [onmouseover], main script, main style:not(svg.topology > style)').length";
    for what in [
        "document.querySelector('#canvas [data-router]')",
        "document.querySelector('#choices li')",
    ] {
        browser.eval(&format!(
            "{what}?.dispatchEvent(new MouseEvent('click', {{ bubbles: true }}))"
        ));
        assert_eq!(browser.eval(foreign), 0);
    }
    let routers = browser.eval("[...document.querySelectorAll('#canvas [data-router]')].map((it) => it.dataset.router).sort()");
    let mut expected: Vec<String> = Cluster::read(&file)
        .plan
        .routers
        .into_iter()
        .map(|it| it.name)
        .collect();
    expected.sort();
    assert_eq!(routers, json!(expected));
    counts_are_right(&mut browser, &Cluster::read(&file));
    assert_eq!(browser.eval("document.title"), title);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn the_page_fits_windows_of_all_sizes_by_day_and_night() {
    if skipped() {
        return;
    }
    let pictures = env::var_os("BGPWRIGHT_SCREENSHOTS").map(PathBuf::from);
    if let Some(folder) = &pictures {
        fs::create_dir_all(folder).unwrap();
    }
    let mut inputs = vec![("racks", "examples/clusters/rack.yaml".to_owned())];
    for (name, nodes, mode) in [
        ("mesh-100", 100, Mode::Mesh),
        ("reflectors-100", 100, Mode::Rr),
        ("racks-of-500", 500, Mode::RrPerRack),
    ] {
        let file = written(&format!("look-{name}.yaml"), &generated(nodes, mode));
        inputs.push((name, file));
    }
    for (name, file) in inputs {
        let page = report(&format!("look-{name}"), &[&file, "--date", "2026-11-24"]);
        let mut browser = Browser::start(&format!("look-{name}"));
        let mut backgrounds = Vec::new();
        for scheme in ["light", "dark"] {
            browser.scheme(scheme);
            for (window, size) in [("wide", WIDE), ("narrow", NARROW)] {
                browser.open(&page, size);
                let wide = browser.eval("document.documentElement.scrollWidth");
                assert_eq!(wide, size.0, "{name}: the page scrolls sideways");
                let Some(folder) = &pictures else { continue };
                browser.screenshot(&folder.join(format!("{name}-{window}-{scheme}.png")));
                browser.eval("(document.querySelector('#choices li') ?? document.querySelector('#canvas [data-router]')).dispatchEvent(new MouseEvent('click', { bubbles: true }))");
                for section in ["failures", "findings", "sessions", "comparison"] {
                    browser.eval(&format!("document.getElementById('{section}').scrollIntoView({{ behavior: 'instant' }})"));
                    browser.screenshot(
                        &folder.join(format!("{name}-{window}-{scheme}-{section}.png")),
                    );
                }
            }
            backgrounds.push(browser.eval("getComputedStyle(document.body).backgroundColor"));
        }
        assert_ne!(backgrounds[0], backgrounds[1], "{name}");
        // What the button says holds against the system.
        browser.click("#theme");
        assert_eq!(
            browser.eval("getComputedStyle(document.body).backgroundColor"),
            backgrounds[0]
        );
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
}

#[test]
fn ways_to_peer_are_compared_as_the_library_has_them() {
    if skipped() {
        return;
    }
    let mut browser = shown("ways", &["examples/clusters/reflectors.yaml"]);
    let inventory = Cluster::read("examples/clusters/reflectors.yaml").inventory;
    let expected = recommend(&inventory, &Requirements::default());
    let best = &expected.ranked[0];
    let advice = format!("Recommended: {}.", best.strategy);
    assert_eq!(text_of(&mut browser, "#advice"), advice);
    let charts = browser.eval("document.querySelectorAll('#charts figure').length");
    assert_eq!(charts, 6);
    let bars = browser.eval("document.querySelectorAll('#charts .bar-of').length");
    assert_eq!(bars, 6 * expected.ranked.len());
    let sessions = browser.eval(
        "[...document.querySelectorAll('[data-field=sessions] .count')].map((it) => Number(it.textContent.replaceAll(',', '')))",
    );
    let counted: Vec<u64> = expected.ranked.iter().map(|it| it.sessions).collect();
    assert_eq!(sessions, json!(counted));
    let rows = browser.eval("document.querySelectorAll('#strategies tbody tr').length");
    assert_eq!(rows, expected.ranked.len());
}
