//! Regular expressions over AS paths.

use super::PolicyErrorKind;
use crate::types::AsPath;

#[cfg(feature = "regex")]
pub(super) use with_regex::{PathRegex, PathText};
#[cfg(not(feature = "regex"))]
pub(super) use without_regex::{PathRegex, PathText};

#[cfg(feature = "regex")]
mod with_regex {
    use alloc::{borrow::ToOwned, string::String, string::ToString};
    use core::fmt::{self, Write};

    use regex::bytes::{Regex, RegexBuilder};
    use smallvec::SmallVec;

    use super::{AsPath, PolicyErrorKind};

    #[derive(Clone, Debug)]
    pub(in super::super) struct PathRegex(Regex);

    impl PathRegex {
        pub(in super::super) fn new(pattern: &str) -> Result<Self, PolicyErrorKind> {
            let wrong = |reason: String| PolicyErrorKind::Regex {
                pattern: pattern.to_owned(),
                reason,
            };
            let regex = RegexBuilder::new(&translate(pattern))
                .unicode(false)
                .size_limit(MAX_SIZE)
                .dfa_size_limit(MAX_SIZE)
                .build();
            regex
                .map(Self)
                .map_err(|error| wrong(last_line(&error.to_string())))
        }

        pub(in super::super) fn is_match(&self, text: &PathText) -> bool {
            self.0.is_match(&text.0)
        }
    }

    /// A path's text; that of most needs no memory of its own.
    #[derive(Debug)]
    pub(in super::super) struct PathText(SmallVec<[u8; 128]>);

    impl PathText {
        pub(in super::super) fn new(path: Option<&AsPath>) -> Self {
            let mut text = Self(SmallVec::new());
            // A buffer that grows takes all there is.
            let _ = path.map_or(Ok(()), |path| write!(text, "{path}"));
            text
        }
    }

    impl Write for PathText {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.extend_from_slice(text.as_bytes());
            Ok(())
        }
    }

    /// Octets that most expressions, and what they remember while they search,
    /// are far below.
    const MAX_SIZE: usize = 1 << 20;

    /// Puts what `_` stands for in its place; in brackets it stands for the
    /// characters alone.
    fn translate(pattern: &str) -> String {
        let mut out = String::with_capacity(pattern.len());
        let (mut is_escaped, mut in_brackets) = (false, false);
        for c in pattern.chars() {
            match c {
                '_' if is_escaped => out.push(c),
                '_' if in_brackets => out.push_str(r" ,{}()\[\]"),
                '_' => out.push_str(r"(?:^|$|[ ,{}()\[\]])"),
                _ => out.push(c),
            }
            match c {
                '[' if !is_escaped => in_brackets = true,
                ']' if !is_escaped => in_brackets = false,
                _ => {}
            }
            is_escaped = c == '\\' && !is_escaped;
        }
        out
    }

    /// What is wrong stands behind a drawing of where.
    fn last_line(text: &str) -> String {
        let line = text.lines().last().unwrap_or_default();
        line.strip_prefix("error: ").unwrap_or(line).to_owned()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn an_underscore_stands_for_what_is_between_numbers() {
            for (pattern, path, expected) in [
                ("_65001_", "65001", true),
                ("_65001_", "650011 165001", false),
                ("_65001_", "65000 65001 65002", true),
                ("_65001_", "65000 {65001,65002}", true),
                ("_65001_", "(64512 65001) 65002", true),
                ("_65001_", "[65001,65002] 65003", true),
                ("_65001_65002_", "65001 65002", true),
                ("^65001_", "65000 65001", false),
                ("^$", "", true),
                ("^$", "65001", false),
                ("_6500[1-3]$", "1 65002", true),
                ("^[0-9]+$", "65001", true),
                ("^[0-9]+$", "65001 65001", false),
                ("^[0-9_]+$", "65001 {65002}", true),
                (r"^\d+ \d+$", "65001 65002", true),
                ("^.*$", "65001 65002", true),
                ("", "65001", true),
            ] {
                let regex = PathRegex::new(pattern).unwrap();
                let path: AsPath = path.parse().unwrap();
                assert_eq!(
                    regex.is_match(&PathText::new(Some(&path))),
                    expected,
                    "{pattern} on {path}"
                );
            }
            assert!(PathRegex::new("^$").unwrap().is_match(&PathText::new(None)));
        }

        #[test]
        fn a_path_of_any_length_is_searched() {
            let long = AsPath::sequence((0..5000).map(|of| crate::types::Asn(4_200_000_000 + of)));
            let text = PathText::new(Some(&long));
            assert!(PathRegex::new("_4200004999$").unwrap().is_match(&text));
            assert!(!PathRegex::new("_4200005000$").unwrap().is_match(&text));
        }

        #[test]
        fn a_wrong_or_endless_expression_says_so_in_one_line() {
            for pattern in [
                "(",
                "[",
                "*",
                "a{1000}{1000}{1000}",
                r"\p{Greek}",
                "(?u:x)y)",
            ] {
                let Err(PolicyErrorKind::Regex { reason, .. }) = PathRegex::new(pattern) else {
                    panic!("{pattern}");
                };
                assert_eq!(reason.lines().count(), 1, "{reason}");
            }
        }
    }
}

#[cfg(not(feature = "regex"))]
mod without_regex {
    use alloc::borrow::ToOwned;

    use super::{AsPath, PolicyErrorKind};

    /// There is none.
    #[derive(Clone, Debug)]
    pub(in super::super) enum PathRegex {}

    impl PathRegex {
        pub(in super::super) fn new(pattern: &str) -> Result<Self, PolicyErrorKind> {
            let pattern = pattern.to_owned();
            Err(PolicyErrorKind::NoRegex { pattern })
        }

        pub(in super::super) fn is_match(&self, _: &PathText) -> bool {
            match *self {}
        }
    }

    /// Nobody asks for it.
    #[derive(Debug)]
    pub(in super::super) struct PathText;

    impl PathText {
        pub(in super::super) fn new(_: Option<&AsPath>) -> Self {
            Self
        }
    }
}
