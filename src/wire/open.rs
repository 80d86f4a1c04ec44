use alloc::vec::Vec;
use core::fmt;

use nom::{
    IResult, Parser,
    combinator::rest,
    multi::length_data,
    number::complete::{be_u8, be_u16, be_u32},
};

use crate::{
    types::{Afi, Asn, Family, RouterId},
    wire::{
        AddPathMode, Capability, DecodeError, EncodeError, ExtendedNextHop, Fqdn, GracefulRestart,
        MessageType, Role, frame,
    },
};

/// OPEN: who a speaker is and what it can do (RFC 4271 §4.2, RFC 5492).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Open {
    /// 4.
    pub version: u8,
    /// My Autonomous System, the two-octet field: [`Asn::TRANS`] stands for a
    /// larger number, which [`Capability::FourOctetAs`] then carries.
    pub my_as: u16,
    /// Proposed hold time in seconds: 0, or at least 3.
    pub hold_time: u16,
    /// BGP Identifier, not zero.
    pub router_id: RouterId,
    /// In the order of the wire, repeated ones kept. Those without a value,
    /// such as [`Capability::RouteRefresh`], are looked up with `contains`.
    pub capabilities: Vec<Capability>,
}

impl Open {
    /// The OPEN of a speaker of BGP-4 that knows four-octet AS numbers:
    /// `capabilities`, and [`Capability::FourOctetAs`] unless it is there.
    pub fn new(
        asn: Asn,
        hold_time: u16,
        router_id: RouterId,
        mut capabilities: Vec<Capability>,
    ) -> Self {
        let wide = |capability: &Capability| matches!(capability, Capability::FourOctetAs(_));
        if !capabilities.iter().any(wide) {
            capabilities.push(Capability::FourOctetAs(asn));
        }
        Self {
            version: 4,
            my_as: asn.to_two_octet(),
            hold_time,
            router_id,
            capabilities,
        }
    }

    /// The sender's AS: from the four-octet capability if there is one
    /// (RFC 6793 §4.1), else the two-octet field.
    pub fn asn(&self) -> Asn {
        let wide = self.find(|capability| match capability {
            Capability::FourOctetAs(asn) => Some(*asn),
            _ => None,
        });
        wide.unwrap_or_else(|| Asn(u32::from(self.my_as)))
    }

    /// The families that the sender can carry, in its order; IPv4 unicast if it
    /// announces none, as a speaker from before RFC 4760 does.
    pub fn families(&self) -> impl Iterator<Item = Family> {
        let mut announced = self
            .capabilities
            .iter()
            .filter_map(|capability| match capability {
                Capability::Multiprotocol(family) => Some(*family),
                _ => None,
            })
            .peekable();
        let implied = announced.peek().is_none().then_some(Family::IPV4_UNICAST);
        announced.chain(implied)
    }

    /// What the sender says it is to the receiver (RFC 9234 §4.1).
    pub fn role(&self) -> Option<Role> {
        self.find(|capability| match capability {
            Capability::Role(role) => Some(*role),
            _ => None,
        })
    }

    /// What the sender can do with several paths for a prefix of this family
    /// (RFC 7911 §4). Entries with a mode that has no meaning do not count.
    pub fn add_path(&self, family: Family) -> Option<AddPathMode> {
        self.find(|capability| match capability {
            Capability::AddPath(all) => all
                .iter()
                .find(|of| of.family == family && of.mode.name().is_some())
                .map(|of| of.mode),
            _ => None,
        })
    }

    /// Whether routes of this family may be sent to the sender with a next hop
    /// of this other address family (RFC 8950 §4).
    pub fn takes_next_hop(&self, family: Family, next_hop: Afi) -> bool {
        let wanted = ExtendedNextHop { family, next_hop };
        self.capabilities.iter().any(|capability| match capability {
            Capability::ExtendedNextHop(all) => all.contains(&wanted),
            _ => false,
        })
    }

    /// The sender's graceful restart capability; the first counts (RFC 4724
    /// §3 asks for one).
    pub fn graceful_restart(&self) -> Option<&GracefulRestart> {
        self.find(|capability| match capability {
            Capability::GracefulRestart(restart) => Some(restart),
            _ => None,
        })
    }

    /// The names that the sender gives itself.
    pub fn fqdn(&self) -> Option<&Fqdn> {
        self.find(|capability| match capability {
            Capability::Fqdn(names) => Some(&**names),
            _ => None,
        })
    }

    fn find<'a, T>(&'a self, wanted: impl FnMut(&'a Capability) -> Option<T>) -> Option<T> {
        self.capabilities.iter().find_map(wanted)
    }

    /// Reads the body. What only the configuration can judge, such as whether
    /// the AS is the expected one, is the session's to check.
    pub(super) fn decode(body: &[u8]) -> Result<Self, DecodeError> {
        let (_, (version, my_as, hold_time, router_id, length, parameters)) =
            fields(body).map_err(|_| DecodeError::OpenMalformed)?;
        if version != 4 {
            return Err(DecodeError::OpenVersion { version });
        }
        let open = Self {
            version,
            my_as,
            hold_time,
            router_id: RouterId(router_id),
            capabilities: capabilities(length, parameters)?,
        };
        if open.my_as == 0 || open.asn() == Asn::ZERO {
            return Err(DecodeError::OpenAs);
        }
        if open.contradicts_its_role() {
            return Err(DecodeError::OpenRole);
        }
        if matches!(hold_time, 1 | 2) {
            let seconds = hold_time;
            return Err(DecodeError::OpenHoldTime { seconds });
        }
        if router_id == 0 {
            return Err(DecodeError::OpenIdentifier);
        }
        Ok(open)
    }

    /// Appends the message: all capabilities in one parameter (RFC 5492 §4), in
    /// the extended form if that takes it (RFC 9072 §2).
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.check()?;
        let mut capabilities = Vec::new();
        for capability in &self.capabilities {
            capability.encode(&mut capabilities)?;
        }
        frame::write(MessageType::OPEN, frame::MAX_LEN, out, |out| {
            out.push(self.version);
            out.extend_from_slice(&self.my_as.to_be_bytes());
            out.extend_from_slice(&self.hold_time.to_be_bytes());
            out.extend_from_slice(&self.router_id.0.to_be_bytes());
            write_parameter(&capabilities, out)
        })
    }

    fn check(&self) -> Result<(), EncodeError> {
        let wrong = |field| Err(EncodeError::Field { field });
        if self.version != 4 {
            return wrong("version");
        }
        if self.my_as == 0 || self.asn() == Asn::ZERO {
            return wrong("my AS");
        }
        if matches!(self.hold_time, 1 | 2) {
            return wrong("hold time");
        }
        if self.router_id.0 == 0 {
            return wrong("BGP Identifier");
        }
        if self.contradicts_its_role() {
            return wrong("role");
        }
        Ok(())
    }

    /// Whether it has two roles that are not the same (RFC 9234 §4.2).
    fn contradicts_its_role(&self) -> bool {
        let first = self.role();
        self.capabilities.iter().any(|capability| match capability {
            Capability::Role(role) => Some(*role) != first,
            _ => false,
        })
    }
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "AS {}, id {}, hold time {}s",
            self.asn(),
            self.router_id,
            self.hold_time
        )?;
        self.capabilities
            .iter()
            .try_for_each(|capability| write!(f, ", {capability}"))
    }
}

/// Version, AS, hold time, identifier, length of the parameters, parameters.
#[expect(clippy::type_complexity, reason = "the message's fields, used once")]
fn fields(body: &[u8]) -> IResult<&[u8], (u8, u16, u16, u32, u8, &[u8]), ()> {
    (be_u8, be_u16, be_u16, be_u32, be_u8, rest).parse(body)
}

/// The capabilities of all optional parameters, in order.
///
/// A first parameter of type 255 announces two-octet lengths, whatever the
/// one-octet length before it says but 0 (RFC 9072 §2).
fn capabilities(length: u8, octets: &[u8]) -> Result<Vec<Capability>, DecodeError> {
    let malformed = |_: nom::Err<()>| DecodeError::OpenMalformed;
    let extended = length != 0 && octets.first() == Some(&EXTENDED);
    let (length, octets) = if extended {
        let (octets, (_, length)) = (be_u8, be_u16).parse(octets).map_err(malformed)?;
        (length, octets)
    } else {
        (u16::from(length), octets)
    };
    if octets.len() != usize::from(length) {
        return Err(DecodeError::OpenMalformed);
    }
    // Memory is taken once, for those that are there.
    let mut count: usize = 0;
    parameters(extended, octets, |value| {
        count = count.saturating_add(Capability::count(value)?);
        Ok(())
    })?;
    let mut capabilities = Vec::with_capacity(count);
    parameters(extended, octets, |value| {
        Capability::decode_all(value, &mut capabilities)
    })?;
    Ok(capabilities)
}

/// Gives the value of each parameter to `read`; they must all be capabilities.
fn parameters(
    extended: bool,
    octets: &[u8],
    mut read: impl FnMut(&[u8]) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut left = octets;
    while !left.is_empty() {
        let (after, (kind, value)) = if extended {
            (be_u8, length_data(be_u16)).parse(left)
        } else {
            (be_u8, length_data(be_u8)).parse(left)
        }
        .map_err(|_: nom::Err<()>| DecodeError::OpenMalformed)?;
        if kind != CAPABILITIES {
            return Err(DecodeError::OpenParameter { kind });
        }
        read(value)?;
        left = after;
    }
    Ok(())
}

fn write_parameter(capabilities: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    if capabilities.is_empty() {
        out.push(0);
        return Ok(());
    }
    let short = u8::try_from(capabilities.len().saturating_add(2)).ok();
    // 255 in the length field would ask for the extended form.
    if let Some(outer) = short.filter(|outer| *outer != EXTENDED) {
        out.extend_from_slice(&[outer, CAPABILITIES, outer.saturating_sub(2)]);
    } else {
        let max = frame::MAX_LEN;
        let inner = u16::try_from(capabilities.len())
            .ok()
            .filter(|inner| usize::from(*inner) <= max)
            .ok_or(EncodeError::TooLong { max })?;
        out.extend_from_slice(&[EXTENDED, EXTENDED]);
        out.extend_from_slice(&inner.saturating_add(3).to_be_bytes());
        out.push(CAPABILITIES);
        out.extend_from_slice(&inner.to_be_bytes());
    }
    out.extend_from_slice(capabilities);
    Ok(())
}

/// The optional parameter that holds capabilities (RFC 5492 §4).
const CAPABILITIES: u8 = 2;
/// The length, and the parameter type, that stand for the extended form
/// (RFC 9072 §2).
const EXTENDED: u8 = 255;
