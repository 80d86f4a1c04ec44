//! The published table of codes: `docs/findings.md` is what this writes.

use core::fmt::Write as _;
use std::{collections::BTreeSet, env, fs, path::Path};

use bgpwright::plan::Code;

/// Checks that another part of the planner, or the reader, sees to.
const ELSEWHERE: [(&str, &str); 2] = [
    (
        "R16",
        "confederations: no dialect's sessions have them; a resource that asks for one is refused",
    ),
    (
        "R20",
        "the choice of reflectors: compared with others by its costs, not checked",
    ),
];

fn table() -> String {
    let mut text = String::from(
        "# Findings\n\nWhat `planner check` and `planner status` say, by codes that stay: none is \
         used for anything else later.\nWritten by `tests/plan/findings.rs`; \
         `BGPWRIGHT_BLESS=1 cargo test --test plan findings` writes it anew.\n\nRules R1 to R23 are \
         the design rules that a code shows a breach of. Batfish's words are those\nof its session \
         compatibility and status. Kinds are those of the test data.\n\n\
         | code | severity | meaning | fix | rules | Batfish | kind |\n|---|---|---|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let meaning = code.meaning().trim();
        let dash = |text: &str| {
            if text.is_empty() {
                "-".into()
            } else {
                format!("`{text}`")
            }
        };
        let _ = writeln!(
            text,
            "| `{code}` | {} | {meaning} | {} | {} | {} | {} |",
            code.severity(),
            code.fix(),
            code.rules().join(", "),
            dash(code.batfish()),
            dash(code.data_kind())
        );
    }
    text += "\nSeen to elsewhere:\n\n";
    for (rule, what) in ELSEWHERE {
        let _ = writeln!(text, "- {rule}, {what}");
    }
    text
}

#[test]
fn the_published_table_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/findings.md");
    let table = table();
    if env::var_os("BGPWRIGHT_BLESS").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == table,
        "docs/findings.md: run with BGPWRIGHT_BLESS=1, and look at what changes"
    );
}

/// Every code is of a rule, or of the input; texts are unlike each other.
#[test]
fn the_table_of_codes_is_whole() {
    let mut texts = BTreeSet::new();
    for code in Code::ALL {
        assert!(texts.insert(code.as_str()), "{code} twice");
        assert!(
            !code.fix().is_empty() && !code.meaning().is_empty(),
            "{code}"
        );
    }
    let rules: BTreeSet<_> = Code::ALL.iter().flat_map(|it| it.rules()).collect();
    let missing: Vec<_> = (1..=23)
        .map(|number| format!("R{number}"))
        .filter(|rule| !rules.contains(&rule.as_str()))
        .collect();
    assert_eq!(missing, ELSEWHERE.map(|(rule, _)| rule));
}
