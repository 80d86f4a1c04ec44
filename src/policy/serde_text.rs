//! How values of other layers are written in a policy: by their names.

use crate::{types::PeerType, wire::attribute::Origin};

/// By way of `Display` and `FromStr`.
pub(super) mod text {
    use alloc::borrow::Cow;
    use core::{fmt::Display, str::FromStr};

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<T: Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[derive(serde::Deserialize, serde::Serialize)]
#[serde(remote = "PeerType", rename_all = "kebab-case")]
pub(super) enum PeerTypeText {
    Internal,
    External,
    Confederation,
}

#[derive(serde::Deserialize, serde::Serialize)]
#[serde(remote = "Origin", rename_all = "kebab-case")]
pub(super) enum OriginText {
    Igp,
    Egp,
    Incomplete,
}
