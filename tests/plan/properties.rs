//! What holds for any text.

use bgpwright::plan::{
    Selector, fabric, plan, speakers,
    yaml::{Limits, Source},
};
use proptest::prelude::*;

use crate::read;

proptest! {
    #[test]
    fn selector_parsing_never_panics(text in r#"[a-c!&|(){}="' ,/ä]{0,40}"#) {
        let _ = text.parse::<Selector>();
    }

    #[test]
    fn canonical_text_parses_to_the_same_selector(text in selector()) {
        let selector: Selector = text.parse().unwrap();
        let again: Selector = selector.to_string().parse().unwrap();
        prop_assert_eq!(&again, &selector);
        prop_assert_eq!(again.to_string(), selector.to_string());
    }

    #[test]
    fn yaml_reading_never_panics(text in r##"[a-c:\-\[\]{}&*!|>'"#%@?,. \n\t]{0,80}"##) {
        let _ = read(&text);
        let source = Source { name: "fabric", text: &text };
        let _ = fabric::read(source, &Limits::default());
    }

    #[test]
    fn damaged_clusters_never_panic(at in 0_usize..2400, with in "[a-z0-9:!&*\\- \n]{0,6}") {
        let mut text = crate::clusters::text("reflectors.yaml");
        let at = at.min(text.len());
        text.insert_str(at, &with);
        let _ = speakers(&plan(&read(&text).inventory));
    }
}

/// Selectors made by the grammar.
pub(crate) fn selector() -> impl Strategy<Value = String> {
    let quoted = prop_oneof![r#""[a-z' ä]{0,4}""#, r#"'[a-z" ]{0,4}'"#];
    let label = "[A-Za-z0-9_./-]{1,4}";
    let relation = prop_oneof![
        Just("=="),
        Just(" != "),
        Just(" contains "),
        Just(" starts with"),
        Just(" endswith "),
    ];
    let set = prop::collection::vec(quoted.clone(), 0..4);
    let leaf = prop_oneof![
        Just("all()".to_string()),
        Just("global( )".to_string()),
        label.prop_map(|label| format!("has({label})")),
        (label, relation, quoted).prop_map(|(l, r, q)| format!("{l}{r}{q}")),
        (label, any::<bool>(), set).prop_map(|(label, not, set)| {
            let not = if not { "not " } else { "" };
            format!("{label} {not}in {{{}}}", set.join(","))
        }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|text| format!("!({text})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            prop::collection::vec(inner, 1..4).prop_map(|parts| parts.join(" || ")),
        ]
    })
}
