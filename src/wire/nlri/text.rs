//! NLRI as a person types them: the forms that `Display` writes.

use core::str::FromStr;

use thiserror::Error;

use super::{LabeledPrefix, Nlri, PathId, VpnPrefix};
use crate::types::{LabelStack, Prefix};

impl FromStr for Nlri {
    type Err = ParseNlriError;

    /// A prefix, with `path` and its identifier if it has one:
    /// `10.0.0.0/8 path 7`.
    fn from_str(text: &str) -> Result<Self, ParseNlriError> {
        let (prefix, path_id) = match text.split_once(" path ") {
            Some((prefix, id)) => {
                let id = id.parse().map_err(|_| ParseNlriError::PathId)?;
                (prefix, Some(PathId(id)))
            }
            None => (text, None),
        };
        let prefix = self::prefix(prefix)?;
        Ok(Self { prefix, path_id })
    }
}

impl FromStr for LabeledPrefix {
    type Err = ParseNlriError;

    /// A prefix and its labels: `10.0.0.0/8 label 16/17`. The last label is
    /// the bottom of the stack.
    fn from_str(text: &str) -> Result<Self, ParseNlriError> {
        let (prefix, labels) = text.split_once(" label ").ok_or(ParseNlriError::Labels)?;
        Ok(Self {
            prefix: self::prefix(prefix)?,
            labels: self::labels(labels)?,
        })
    }
}

impl FromStr for VpnPrefix {
    type Err = ParseNlriError;

    /// A route distinguisher, a colon and a prefix, then the labels if there
    /// are any: `65000:1:10.0.0.0/8 label 16`.
    fn from_str(text: &str) -> Result<Self, ParseNlriError> {
        let (route, labels) = match text.split_once(" label ") {
            Some((route, labels)) => (route, self::labels(labels)?),
            None => (text, LabelStack::EMPTY),
        };
        // One in hexadecimal has no colon, all others have one.
        let inside = usize::from(!route.starts_with("0x"));
        let mut colons = route.match_indices(':').map(|(at, _)| at);
        let colon = colons.nth(inside).ok_or(ParseNlriError::Distinguisher)?;
        let (distinguisher, prefix) = route.split_at(colon);
        Ok(Self {
            distinguisher: distinguisher
                .parse()
                .map_err(|_| ParseNlriError::Distinguisher)?,
            prefix: self::prefix(prefix.strip_prefix(':').unwrap_or_default())?,
            labels,
        })
    }
}

fn prefix(text: &str) -> Result<Prefix, ParseNlriError> {
    text.parse().map_err(|_| ParseNlriError::Prefix)
}

fn labels(text: &str) -> Result<LabelStack, ParseNlriError> {
    text.parse().map_err(|_| ParseNlriError::Labels)
}

/// The text is no element of NLRI: which part it fails in.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ParseNlriError {
    /// No prefix, or host bits are set.
    #[error("expected a prefix without host bits, such as 10.0.0.0/8")]
    Prefix,
    /// No path identifier.
    #[error("expected a path identifier from 0 to 4294967295")]
    PathId,
    /// No labels.
    #[error("expected `label` and up to ten labels, such as 16/17")]
    Labels,
    /// No route distinguisher in front of the prefix.
    #[error("expected a route distinguisher and a colon in front, such as 65000:1:")]
    Distinguisher,
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn both_ways<T>(texts: &[&str])
    where
        T: FromStr<Err = ParseNlriError> + ToString,
    {
        for text in texts {
            let value: Result<T, ParseNlriError> = text.parse();
            assert_eq!(value.map(|of| of.to_string()).as_deref(), Ok(*text));
        }
    }

    #[test]
    fn each_kind_reads_what_it_writes() {
        both_ways::<Nlri>(&[
            "10.0.0.0/8",
            "2001:db8::/32 path 4294967295",
            "0.0.0.0/0 path 0",
        ]);
        both_ways::<LabeledPrefix>(&[
            "10.0.0.0/8 label 16",
            "2001:db8::/32 label 16/1048575",
            "10.0.0.0/8 label withdraw",
        ]);
        both_ways::<VpnPrefix>(&[
            "65000:1:10.0.0.0/8 label 16",
            "192.0.2.1:7:2001:db8::/32",
            "4200000000:1:::/0 label withdraw",
            "0x00ff010203040506:10.0.0.0/8 label 3",
        ]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let nlri = |text: &str| text.parse::<Nlri>().unwrap_err();
        assert_eq!(nlri("10.0.0.1/8"), ParseNlriError::Prefix);
        assert_eq!(nlri("10.0.0.0/8 path -1"), ParseNlriError::PathId);
        let vpn = |text: &str| text.parse::<VpnPrefix>().unwrap_err();
        assert_eq!(vpn("10.0.0.0/8"), ParseNlriError::Distinguisher);
        assert_eq!(vpn("65000:1"), ParseNlriError::Distinguisher);
        assert_eq!(vpn("x:1:10.0.0.0/8"), ParseNlriError::Distinguisher);
        assert_eq!(vpn("65000:1:10.0.0.0"), ParseNlriError::Prefix);
        let labelled = |text: &str| text.parse::<LabeledPrefix>().unwrap_err();
        assert_eq!(labelled("10.0.0.0/8"), ParseNlriError::Labels);
        assert_eq!(labelled("10.0.0.0/8 label 1048576"), ParseNlriError::Labels);
        let many = "10.0.0.0/8 label 1/2/3/4/5/6/7/8/9/10/11";
        assert_eq!(labelled(many), ParseNlriError::Labels);
    }
}
