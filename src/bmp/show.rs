use core::fmt;

use super::{
    BmpMessage, InformationType, MirroringType, PeerDown, PeerUp, TerminationType, Tlv, Tlvs,
};

impl fmt::Display for BmpMessage<'_> {
    /// The type, a colon, and the message on one line; BGP messages inside as
    /// their lengths.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind())?;
        match self {
            Self::RouteMonitoring {
                peer,
                update,
                trailing,
            } => {
                write!(f, "{peer}, UPDATE of {} octets", update.len())?;
                if !trailing.is_empty() {
                    write!(f, ", {} octets after it", trailing.len())?;
                }
                Ok(())
            }
            Self::StatisticsReport { peer, statistics } => {
                fmt::Display::fmt(peer, f)?;
                statistics.iter().try_for_each(|of| write!(f, ", {of}"))
            }
            Self::PeerDown { peer, reason } => write!(f, "{peer}, {reason}"),
            Self::PeerUp(up) => fmt::Display::fmt(up, f),
            Self::Initiation(tlvs) => show(f, tlvs, "", |kind| InformationType(kind).name()),
            Self::Termination(tlvs) => termination(f, tlvs),
            Self::RouteMirroring { peer, parts } => {
                fmt::Display::fmt(peer, f)?;
                parts.iter().try_for_each(|tlv| {
                    let kind = MirroringType(tlv.kind);
                    match kind.name() {
                        Some(name) if kind == MirroringType::MESSAGE => {
                            write!(f, ", {name} of {} octets", tlv.value.len())
                        }
                        Some(name) => match number(&tlv) {
                            Some(0) => write!(f, ", {name}: errored PDU"),
                            Some(1) => write!(f, ", {name}: messages lost"),
                            _ => write!(f, ", {name} {}", Octets(tlv.value)),
                        },
                        None => write!(f, ", TLV {} {tlv}", tlv.kind),
                    }
                })
            }
            Self::Other { body, .. } => write!(f, "{} octets", body.len()),
        }
    }
}

/// The reason by its name (RFC 7854 §4.5).
fn termination(f: &mut fmt::Formatter<'_>, tlvs: &Tlvs<'_>) -> fmt::Result {
    let mut between = "";
    for tlv in tlvs {
        f.write_str(between)?;
        between = ", ";
        let kind = TerminationType(tlv.kind);
        if kind != TerminationType::REASON {
            match kind.name() {
                Some(name) => write!(f, "{name} {tlv}")?,
                None => write!(f, "TLV {} {tlv}", tlv.kind)?,
            }
            continue;
        }
        f.write_str("reason: ")?;
        match number(&tlv) {
            Some(0) => f.write_str("administratively closed")?,
            Some(1) => f.write_str("unspecified")?,
            Some(2) => f.write_str("out of resources")?,
            Some(3) => f.write_str("redundant connection")?,
            Some(4) => f.write_str("permanently administratively closed")?,
            Some(number) => write!(f, "{number}")?,
            None => fmt::Display::fmt(&Octets(tlv.value), f)?,
        }
    }
    Ok(())
}

/// The value of a TLV that holds one number.
fn number(tlv: &Tlv<'_>) -> Option<u16> {
    let value = <[u8; 2]>::try_from(tlv.value).ok()?;
    Some(u16::from_be_bytes(value))
}

/// In hexadecimal, whether it could be text or not.
struct Octets<'a>(&'a [u8]);

impl fmt::Display for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

fn show(
    f: &mut fmt::Formatter<'_>,
    tlvs: &Tlvs<'_>,
    mut between: &'static str,
    name: impl Fn(u16) -> Option<&'static str>,
) -> fmt::Result {
    for tlv in tlvs {
        f.write_str(between)?;
        between = ", ";
        match name(tlv.kind) {
            Some(name) => write!(f, "{name} {tlv}")?,
            None => write!(f, "TLV {} {tlv}", tlv.kind)?,
        }
    }
    Ok(())
}

impl fmt::Display for PeerUp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, ports {} and {}, local address {}",
            self.peer, self.local_port, self.remote_port, self.local_address
        )?;
        show(f, &self.information, ", ", |kind| {
            InformationType(kind).name()
        })
    }
}

impl fmt::Display for PeerDown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LocalNotification(_) => f.write_str("the router sent a NOTIFICATION"),
            Self::LocalEvent(event) => write!(f, "the router closed it, event {event}"),
            Self::RemoteNotification(_) => f.write_str("the peer sent a NOTIFICATION"),
            Self::Remote => f.write_str("the peer closed it"),
            Self::Deconfigured => f.write_str("no longer monitored"),
            Self::LocalSystem(tlvs) => {
                f.write_str("the Loc-RIB is gone")?;
                show(f, tlvs, ", ", |kind| InformationType(kind).name())
            }
            Self::Other(reason, data) => write!(f, "reason {reason} ({} octets)", data.len()),
        }
    }
}
