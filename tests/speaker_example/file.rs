//! The program with a configuration file.

use std::{fs, net::Ipv4Addr, path::Path};

use bgpwright::types::Community;

use crate::{
    client::Client,
    program::{Running, free, run},
};

/// A file with this text for one test.
fn file(name: &str, text: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("speaker_example");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_sample_is_good() {
    let run = run(&["--config", "examples/speaker/sample.toml", "--check"]);
    run.expect(0);
    let says = "AS 64512, router id 10.0.0.1, listening on 127.0.0.1:1790: \
                1 neighbour, 1 range of neighbours, 1 route of our own\n";
    assert_eq!(run.stdout, says);
    assert_eq!(run.stderr, "");
}

/// Two speakers: the one dials the other, both with the same key.
#[test]
fn neighbours_policies_and_routes_of_a_file_come_into_force() {
    let (one, other) = (Ipv4Addr::new(127, 0, 0, 11), Ipv4Addr::new(127, 0, 0, 12));
    let (one_listens, other_listens) = (free(one), free(other));
    let port = other_listens.port();
    let key = if cfg!(target_os = "linux") {
        file("speaker.key", "rack-seven\n");
        "md5-key-file = \"speaker.key\""
    } else {
        ""
    };
    let dials = file(
        "dials.toml",
        &format!(
            r#"
[speaker]
as = 64512
router-id = "10.0.0.11"
listen = ["{one_listens}"]
[[neighbors]]
address = "{other}"
port = {port}
remote-as = 64513
hold-time = 9
import = "accept"
export = "pods"
{key}
[policies.pods]
default = "reject"
rules = [{{ outcome = "accept", conditions = [{{ prefix = [{{ prefix = "10.244.0.0/16", ge = 24 }}] }}] }}]
[[routes]]
prefix = "10.244.7.0/24"
med = 30
communities = ["64512:100"]
[[routes]]
prefix = "192.0.2.0/24"
"#
        ),
    );
    let waits = file(
        "waits.toml",
        &format!(
            r#"
[speaker]
as = 64513
router-id = "10.0.0.12"
listen = ["{other_listens}"]
[[neighbors]]
address = "{one}"
remote-as = "external"
passive = true
import = "accept"
{key}
[[neighbors]]
prefix = "127.0.0.0/28"
remote-as = "internal"
next-hop = "self-for-external"
"#
        ),
    );
    let mut waiting = Running::start(&["--config", &waits]);
    let mut dialling = Running::start(&["--config", &dials]);
    let up = dialling.until("127.0.0.12: up: ");
    assert!(
        up.contains("AS 64513, 10.0.0.12, eBGP, hold time 9 s"),
        "{up}"
    );
    waiting.until("127.0.0.11: up: ");
    let mut client = Client::up([127, 0, 0, 2], 64513, other_listens);
    let learned = client.learned("10.244.7.0/24");
    assert_eq!(learned.as_path.unwrap().to_string(), "64512");
    assert_eq!(learned.next_hop.unwrap().addr(), other);
    assert_eq!(learned.med, Some(30));
    assert_eq!(
        learned.communities,
        ["64512:100".parse::<Community>().unwrap()]
    );
    assert_eq!(client.count(), 1, "the policy lets one route through");
    dialling.signal("-TERM");
    dialling.wait().expect(0);
    let down = waiting.until("127.0.0.11: down after ");
    assert!(down.contains("\"the speaker ends\""), "{down}");
}

const HEAD: &str = "[speaker]\nas = 64512\nrouter-id = \"10.0.0.1\"\nlisten = [\"127.0.0.1:1\"]\n";

#[test]
fn errors_name_the_line_the_field_and_what_was_expected() {
    let neighbor = "[[neighbors]]\naddress = \"127.0.0.2\"\nremote-as = 65001\n";
    let range = "[[neighbors]]\nprefix = \"127.0.0.0/24\"\nremote-as = \"any\"\n";
    for (at, (text, expected)) in [
        (
            "[speaker]\nas = 64512\n".to_owned(),
            "1: speaker: missing field `router-id`",
        ),
        (HEAD.replace("64512", "0"), "1: speaker: asn: 0 is reserved"),
        (
            HEAD.replace("64512", "\"x\""),
            "2: speaker.as: invalid type: string \"x\", expected u32",
        ),
        (
            HEAD.replace("\"127.0.0.1:1\"", "\"127.0.0.1\""),
            "4: speaker.listen[0]: invalid value: string \"127.0.0.1\", expected an address and a \
             port such as \"0.0.0.0:179\" or \"[::]:179\"",
        ),
        (
            HEAD.replace("\"127.0.0.1:1\"", ""),
            "1: speaker.listen: must have an address and a port",
        ),
        (
            HEAD.replace("10.0.0.1\"", "10.0.0.1"),
            "3: invalid basic string, expected `\"`",
        ),
        (
            format!("{HEAD}{neighbor}timer = 3\n"),
            "8: neighbors[0].timer: unknown field `timer`",
        ),
        (
            format!("{HEAD}{neighbor}families = [\"ipv5\"]\n"),
            "8: neighbors[0].families[0]: invalid value: string \"ipv5\", expected a family such \
             as \"ipv4-unicast\"",
        ),
        (
            format!("{HEAD}{neighbor}import = \"pods\"\n"),
            "8: neighbors[0].import: expected \"accept\", \"reject\" or the name of a policy",
        ),
        (
            format!("{HEAD}{neighbor}hold-time = 2\n"),
            "5: neighbors[0]: hold_time: 2s is neither 0 nor 3 to 65535 whole seconds",
        ),
        (
            format!("{HEAD}{neighbor}client = true\n"),
            "5: neighbors[0]: reflection: 127.0.0.2 is an external neighbour",
        ),
        (
            format!("{HEAD}{neighbor}md5-key-file = \"none.key\"\n"),
            "5: neighbors[0]: md5-key-file: none.key: No such file",
        ),
        (
            format!("{HEAD}{neighbor}{neighbor}"),
            "8: neighbors[1]: 127.0.0.2 is there already",
        ),
        (
            format!("{HEAD}{range}{range}"),
            "8: neighbors[1]: prefix: 127.0.0.0/24 is there already",
        ),
        (
            format!("{HEAD}{range}passive = true\n"),
            "5: neighbors[0]: passive: is for an address only",
        ),
        (
            format!("{HEAD}[[neighbors]]\nremote-as = 1\n"),
            "5: neighbors[0]: expected either address or prefix",
        ),
        (
            format!(
                "{HEAD}[policies.pods]\ndefault = \"reject\"\nrules = [{{ outcome = \"accept\", \
                 conditions = [{{ prefix = [{{ prefix = \"10.0.0.0/8\", ge = 4 }}] }}] }}]\n"
            ),
            "5: policies.pods: rules[0]: conditions[0]: 10.0.0.0/8: expected ge and le from 8 to 32",
        ),
        (
            format!("{HEAD}[[routes]]\nprefix = \"192.0.2.1/24\"\n"),
            "6: routes[0].prefix: invalid value: string \"192.0.2.1/24\", expected a prefix",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let path = file(&format!("bad{at}.toml"), &text);
        let run = run(&["--config", &path, "--check"]);
        run.expect(2);
        let expected = format!("error: {path}:{expected}");
        assert!(run.stderr.starts_with(&expected), "{expected}\n{run:#?}");
        assert_eq!(run.stderr.lines().count(), 1, "{run:#?}");
    }
    let run = run(&["--config", "no such file"]);
    run.expect(2);
    assert!(run.stderr.starts_with("error: no such file: "), "{run:#?}");
}
