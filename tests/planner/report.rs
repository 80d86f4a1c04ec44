//! The report as a file; `tests/report` has it in a browser.

use std::{fs, path::Path};

use serde_json::Value;

use super::{planner, text};

const RACKS: &str = "examples/clusters/rack.yaml";

/// The data that a page's script reads.
fn data(page: &str) -> Value {
    let (_, rest) = page
        .split_once("<script id=\"data\" type=\"application/json\">")
        .unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(data).unwrap()
}

#[test]
fn a_report_is_one_page_and_always_the_same() {
    let run = planner(&["report", RACKS], "");
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let page = text(&run.stdout);
    assert_eq!(page, text(&planner(&["report", RACKS], "").stdout));
    for foreign in ["http://", "https://", "src=", "url(", "@import"] {
        let own = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!own.contains(foreign), "{foreign}");
    }
    let data = data(&page);
    assert_eq!(data["title"], "rack");
    assert_eq!(data["date"], Value::Null);
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dated.html");
    let file = out.to_str().unwrap();
    let named = [
        "report",
        RACKS,
        "--title",
        "Racks & leaves",
        "--date",
        "2026-11-24",
        "--out",
        file,
    ];
    let run = planner(&named, "");
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    assert_eq!(text(&run.stdout), "");
    let page = fs::read_to_string(&out).unwrap();
    assert!(page.contains("<title>Racks &amp; leaves</title>"));
    assert_eq!(self::data(&page)["date"], "2026-11-24");
}

#[test]
fn a_report_has_an_exit_status_as_a_check_has() {
    let run = planner(
        &["report", "tests/data/calico/traps/mesh-off-no-peers.yaml"],
        "",
    );
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let run = planner(&["report", "-"], "apiVersion: v1\n");
    assert_eq!(run.status.code(), Some(2), "{run:?}");
    assert_eq!(text(&run.stdout), "");
    let run = planner(&["report", RACKS, "--out", "no/such/folder/page.html"], "");
    assert_eq!(run.status.code(), Some(2), "{run:?}");
    let said = text(&run.stderr);
    assert!(
        said.starts_with("error: cannot write no/such/folder/page.html: "),
        "{said}"
    );
    let run = planner(&["report", RACKS, "--date", "yesterday"], "");
    assert_eq!(run.status.code(), Some(2), "{run:?}");
}

#[test]
fn no_name_of_the_input_ends_an_element_of_the_page() {
    // A name has no slashes.
    let name = "<script><img src=x onerror=alert(1)><!-- \u{2028} & {{style}}";
    let rack = "</script><svg onload=alert(2)>";
    let node = serde_json::json!({
        "apiVersion": "projectcalico.org/v3", "kind": "Node",
        "metadata": { "name": name, "labels": { "rack": rack } },
        "spec": { "bgp": { "ipv4Address": "10.0.0.1/24" } },
    });
    let title = "</title><script>alert(3)</script>";
    let run = planner(&["report", "--title", title, "-"], &node.to_string());
    let page = text(&run.stdout);
    for sign in [
        "<img",
        "alert(1)>",
        "<svg onload",
        "<script>alert",
        "</title><script",
    ] {
        assert!(!page.contains(sign), "{sign}");
    }
    let (_, scripts) = page.split_once("<script id").unwrap();
    assert!(
        !scripts.contains('\u{2028}'),
        "some take it for the end of a line"
    );
    assert_eq!(
        page.matches("</script>").count(),
        2,
        "the data's and the script's"
    );
    let data = data(&page);
    assert_eq!(data["routers"]["name"][0], name);
    assert_eq!(data["title"], title);
}

#[test]
fn a_large_mesh_is_not_listed_in_a_report_session_by_session() {
    let node = |at: usize| {
        format!(
            "- {{apiVersion: projectcalico.org/v3, kind: Node, metadata: {{name: n{at}}}, spec: {{bgp: \
             {{ipv4Address: 10.0.{}.{}/8}}}}}}\n",
            at / 250,
            at % 250 + 1
        )
    };
    let nodes: String = (0..300).map(node).collect();
    let input = format!("kind: List\napiVersion: v1\nitems:\n{nodes}");
    let run = planner(&["report", "-"], &input);
    assert!(run.stdout.len() < 1_000_000, "{} octets", run.stdout.len());
    let data = data(&text(&run.stdout));
    assert_eq!(data["counts"]["sessions"], 300 * 299 / 2);
    assert_eq!(data["sessions"]["a"], serde_json::json!([]));
    assert_eq!(data["meshes"][0]["members"], serde_json::json!([[0, 299]]));
}
