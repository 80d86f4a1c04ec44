use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The program of an example, built as the tests were.
pub(crate) fn build(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let target = profile.parent().unwrap();
    let profile_name = match profile.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        name => name,
    };
    let build = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--example", name])
        .args(["--profile", profile_name, "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&build.stderr);
    assert!(build.status.success(), "the example does not build: {said}");
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    profile.join("examples").join(file)
}
