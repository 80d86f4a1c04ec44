//! Values of a file that are written as text, with what was expected where one
//! is not: serde's own words for them say less.

use std::{
    fmt,
    marker::PhantomData,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use bgpwright::{
    session::{PeerAs, ScopedAddr},
    types::{ClusterId, Community, Family, Prefix, RouterId},
};
use serde::{Deserialize, Deserializer, de};

use crate::options;

/// A value that is read by its `FromStr`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Text<T>(pub(crate) T);

/// What to say where no such value stands.
pub(crate) trait Expected {
    const EXPECTED: &'static str;
}

impl<'de, T: Expected + FromStr> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<T: Expected + FromStr> de::Visitor<'_> for Reader<T> {
    type Value = Text<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<T>, E> {
        let value = text.parse().map(Text);
        value.map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

impl Expected for ClusterId {
    const EXPECTED: &'static str = "a cluster id such as \"10.0.0.1\"";
}
impl Expected for Community {
    const EXPECTED: &'static str = "a community such as \"64512:100\"";
}
impl Expected for Family {
    const EXPECTED: &'static str = "a family such as \"ipv4-unicast\"";
}
impl Expected for IpAddr {
    const EXPECTED: &'static str = "an address such as \"10.0.0.1\"";
}
impl Expected for Prefix {
    const EXPECTED: &'static str =
        "a prefix such as \"10.244.0.0/24\", with no bits set beyond its length";
}
impl Expected for RouterId {
    const EXPECTED: &'static str = "a router id such as \"10.0.0.1\"";
}
impl Expected for ScopedAddr {
    const EXPECTED: &'static str = "an address such as \"10.0.0.1\" or \"fe80::1%3\"";
}
impl Expected for SocketAddr {
    const EXPECTED: &'static str = "an address and a port such as \"0.0.0.0:179\" or \"[::]:179\"";
}

/// Which AS a neighbour must have: a number, or what the command line takes.
#[derive(Clone, Debug)]
pub(crate) struct RemoteAs(pub(crate) PeerAs);

impl<'de> Deserialize<'de> for RemoteAs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RemoteAsReader)
    }
}

struct RemoteAsReader;

impl de::Visitor<'_> for RemoteAsReader {
    type Value = RemoteAs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an AS number, or \"any\", \"internal\", \"external\", \
             or a list such as \"64512,64600-64699\"",
        )
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<RemoteAs, E> {
        let asn = u32::try_from(number).ok().filter(|asn| *asn != 0);
        let asn = asn.ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &self))?;
        Ok(RemoteAs(PeerAs::Exactly(asn.into())))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RemoteAs, E> {
        let read = options::peer_as(text).map(RemoteAs);
        read.map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}
