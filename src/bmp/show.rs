use core::fmt;

use super::{BmpMessage, InformationType, MirroringType, PeerDown, PeerUp, TerminationType, Tlvs};

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
            Self::Termination(tlvs) => show(f, tlvs, "", |kind| TerminationType(kind).name()),
            Self::RouteMirroring { peer, parts } => {
                fmt::Display::fmt(peer, f)?;
                parts.iter().try_for_each(|tlv| {
                    let kind = MirroringType(tlv.kind);
                    match kind.name() {
                        Some(name) if kind == MirroringType::MESSAGE => {
                            write!(f, ", {name} of {} octets", tlv.value.len())
                        }
                        Some(name) => write!(f, ", {name} {tlv}"),
                        None => write!(f, ", TLV {} {tlv}", tlv.kind),
                    }
                })
            }
            Self::Other { body, .. } => write!(f, "{} octets", body.len()),
        }
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
