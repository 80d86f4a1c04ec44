//! A pass over an UPDATE for those who look and do not keep.

use alloc::vec::Vec;

use super::{
    UpdateView,
    walk::{self, Place, Report, Sink},
};
use crate::{
    types::{Family, Safi},
    wire::{
        AnyNlri, Attribute, AttributeCode, Context, Fault, Nlri, Prefixes, Treatment,
        nlri::{
            Shape,
            list::{Field, elements},
        },
    },
};

/// What looks at an UPDATE as [`UpdateView::walk`] goes over it.
///
/// Attributes come first, in the order of the wire; then all routes. Whatever
/// is not of interest may be left to the method's default.
pub trait Visit<'a> {
    /// An attribute that is as its RFC wants it; one that is not is a fault.
    fn attribute(&mut self, attribute: Attribute<'a>) {
        let _ = attribute;
    }

    /// A prefix of a unicast or multicast family is withdrawn.
    fn withdrawn(&mut self, family: Family, nlri: Nlri) {
        let _ = (family, nlri);
    }

    /// A prefix of a unicast or multicast family is announced.
    fn announced(&mut self, family: Family, nlri: Nlri) {
        let _ = (family, nlri);
    }

    /// A route of any other family is withdrawn.
    fn withdrawn_other(&mut self, family: Family, nlri: AnyNlri) {
        let _ = (family, nlri);
    }

    /// A route of any other family is announced.
    fn announced_other(&mut self, family: Family, nlri: AnyNlri) {
        let _ = (family, nlri);
    }
}

impl<'a> UpdateView<'a> {
    /// Goes over the message once: every attribute and route is checked and
    /// handed to `visitor`, and what is wrong is appended to `faults`, in the
    /// order of the wire.
    ///
    /// Returns the strongest treatment that the faults ask for, which wins
    /// (RFC 7606 §3); it is known only at the end, so a visitor that acts on
    /// routes collects first. Nothing is allocated for a message without faults
    /// whose families are unicast or multicast.
    ///
    /// ```
    /// use bgpwright::{
    ///     types::Family,
    ///     wire::{Attribute, AttributeCode, Context, Frame, Nlri, UpdateView, Visit},
    /// };
    ///
    /// /// Counts routes, and the systems that they came through.
    /// #[derive(Default)]
    /// struct Count {
    ///     announced: usize,
    ///     hops: usize,
    /// }
    ///
    /// impl<'a> Visit<'a> for Count {
    ///     fn attribute(&mut self, attribute: Attribute<'a>) {
    ///         if let Attribute::AsPath(path) = attribute {
    ///             self.hops += path.asns().count();
    ///         }
    ///     }
    ///
    ///     fn announced(&mut self, _: Family, _: Nlri) {
    ///         self.announced += 1;
    ///     }
    /// }
    ///
    /// # let mut stream = vec![0xff; 16];
    /// # stream.extend([0, 43, 2, 0, 0, 0, 18, 0x40, 1, 1, 0, 0x40, 2, 4, 2, 1, 0xfd, 0xea]);
    /// # stream.extend([0x40, 3, 4, 192, 0, 2, 2, 8, 10]);
    /// let context = Context::default();
    /// let frame = Frame::first(&stream, context.max_message_len)?.expect("a whole message");
    /// let (mut count, mut faults) = (Count::default(), Vec::new());
    /// let treatment = UpdateView::new(frame)?.walk(&context, &mut count, &mut faults);
    /// assert_eq!(treatment, None);
    /// assert_eq!((count.announced, count.hops), (1, 1));
    /// # Ok::<(), bgpwright::wire::DecodeError>(())
    /// ```
    #[inline]
    pub fn walk<V: Visit<'a>>(
        &self,
        context: &Context,
        visitor: &mut V,
        faults: &mut Vec<Fault>,
    ) -> Option<Treatment> {
        walk::walk(self, context, &mut Visitor(visitor), faults)
    }
}

struct Visitor<'v, V>(&'v mut V);

impl<'a, V: Visit<'a>> Sink<'a> for Visitor<'_, V> {
    #[expect(
        clippy::inline_always,
        reason = "the variant is known at each call: one arm is left of the match"
    )]
    #[inline(always)]
    fn attribute(&mut self, attribute: Attribute<'a>) {
        self.0.attribute(attribute);
    }

    #[inline]
    fn partial(&mut self, _: AttributeCode) {}

    #[inline]
    fn routes(
        &mut self,
        place: Place,
        field: Field<'a>,
        report: &mut Report<'_>,
    ) -> Result<(), usize> {
        let length = field.octets.len();
        let family = field.family;
        if Shape::of(family) != Shape::Prefix {
            return elements(field, |nlri| {
                if place.announces() {
                    self.0.announced_other(family, nlri);
                } else {
                    self.0.withdrawn_other(family, nlri);
                }
            });
        }
        let unicast = family.safi == Safi::UNICAST;
        let mut prefixes = Prefixes::new(field.octets, family.afi, field.with_path_ids);
        prefixes.each(|nlri, left| {
            if unicast && nlri.prefix.is_multicast() {
                report.odd(length.saturating_sub(left));
            }
            if place.announces() {
                self.0.announced(family, nlri);
            } else {
                self.0.withdrawn(family, nlri);
            }
        });
        match prefixes.unread() {
            0 => Ok(()),
            left => Err(length.saturating_sub(left)),
        }
    }
}
