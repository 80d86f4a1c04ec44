/// The events of RFC 4271 §8.1, and that of RFC 9687.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "the RFCs have these 29")]
pub enum FsmEvent {
    /// 1: the operator starts the session.
    ManualStart = 1,
    /// 2: the operator stops it.
    ManualStop,
    /// 3: it starts by itself.
    AutomaticStart,
    /// 4: the operator starts it, and it does not dial.
    ManualStartPassive,
    /// 5: it starts by itself and does not dial.
    AutomaticStartPassive,
    /// 6: as 3, after oscillations.
    AutomaticStartDamped,
    /// 7: as 5, after oscillations.
    AutomaticStartDampedPassive,
    /// 8: it stops by itself.
    AutomaticStop,
    /// 9: time to dial again.
    ConnectRetryTimerExpires,
    /// 10: the neighbour has been silent for too long.
    HoldTimerExpires,
    /// 11: time for a KEEPALIVE.
    KeepaliveTimerExpires,
    /// 12: the neighbour's OPEN has been waited for.
    DelayOpenTimerExpires,
    /// 13: the pause after a failure is over.
    IdleHoldTimerExpires,
    /// 14: a connection is being made to us.
    TcpConnectionValid,
    /// 15: a connection that must not be is being made to us.
    TcpCrInvalid,
    /// 16: the connection that we dialled is there.
    TcpCrAcked,
    /// 17: a connection that the neighbour dialled is there.
    TcpConnectionConfirmed,
    /// 18: the connection is lost or was never made.
    TcpConnectionFails,
    /// 19: a good OPEN.
    BgpOpen,
    /// 20: a good OPEN while ours is delayed.
    BgpOpenWithDelayOpenTimerRunning,
    /// 21: a bad header.
    BgpHeaderErr,
    /// 22: a bad OPEN.
    BgpOpenMsgErr,
    /// 23: the connection loses to another one.
    OpenCollisionDump,
    /// 24: a NOTIFICATION of a version error.
    NotifMsgVerErr,
    /// 25: any other NOTIFICATION.
    NotifMsg,
    /// 26: a KEEPALIVE.
    KeepAliveMsg,
    /// 27: a good UPDATE.
    UpdateMsg,
    /// 28: an UPDATE that ends the session.
    UpdateMsgErr,
    /// 29: the neighbour has taken nothing for too long (RFC 9687).
    SendHoldTimerExpires,
}

impl FsmEvent {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 29] = [
        Self::ManualStart,
        Self::ManualStop,
        Self::AutomaticStart,
        Self::ManualStartPassive,
        Self::AutomaticStartPassive,
        Self::AutomaticStartDamped,
        Self::AutomaticStartDampedPassive,
        Self::AutomaticStop,
        Self::ConnectRetryTimerExpires,
        Self::HoldTimerExpires,
        Self::KeepaliveTimerExpires,
        Self::DelayOpenTimerExpires,
        Self::IdleHoldTimerExpires,
        Self::TcpConnectionValid,
        Self::TcpCrInvalid,
        Self::TcpCrAcked,
        Self::TcpConnectionConfirmed,
        Self::TcpConnectionFails,
        Self::BgpOpen,
        Self::BgpOpenWithDelayOpenTimerRunning,
        Self::BgpHeaderErr,
        Self::BgpOpenMsgErr,
        Self::OpenCollisionDump,
        Self::NotifMsgVerErr,
        Self::NotifMsg,
        Self::KeepAliveMsg,
        Self::UpdateMsg,
        Self::UpdateMsgErr,
        Self::SendHoldTimerExpires,
    ];

    /// Its number in RFC 4271 §8.1; 29 is that of RFC 9687.
    pub const fn number(self) -> u8 {
        self as u8
    }
}
