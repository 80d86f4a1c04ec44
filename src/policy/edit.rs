//! How actions change numbers and lists. Attributes that stay as they are are
//! not copied.

use alloc::collections::BTreeSet;

use super::{
    ListEdit, NumberEdit, PolicyErrorKind,
    attributes::{self, Listed},
    community::Pattern,
    subject::Draft,
};
use crate::wire::attribute::{Aigp, AttributeCode};

pub(super) trait Number: Copy {
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
}

macro_rules! number {
    ($($number:ty),*) => {$(
        impl Number for $number {
            fn plus(self, other: Self) -> Self {
                self.saturating_add(other)
            }

            fn minus(self, other: Self) -> Self {
                self.saturating_sub(other)
            }
        }
    )*};
}

number!(u32, u64);

/// What becomes of `number`, which counts as `default` where there is none.
pub(super) fn number<T: Number>(
    edit: NumberEdit<T>,
    number: Option<T>,
    default: Option<T>,
) -> Option<T> {
    let from = number.or(default);
    match edit {
        NumberEdit::Set(number) => Some(number),
        NumberEdit::Add(number) => from.map(|from| from.plus(number)),
        NumberEdit::Subtract(number) => from.map(|from| from.minus(number)),
        NumberEdit::Remove => None,
    }
}

pub(super) fn aigp(edit: NumberEdit<u64>, route: &mut Draft<'_>) {
    if edit == NumberEdit::Remove {
        if attributes::has(route.attributes(), AttributeCode::AIGP) {
            attributes::remove(route.edit(), AttributeCode::AIGP);
        }
        return;
    }
    let old = route.attributes().other.get(AttributeCode::AIGP);
    let metric = old.and_then(|old| Aigp::metric_in(old.value));
    // The greatest number is none that may be sent (RFC 7311 §3.2).
    let greatest = u64::MAX.saturating_sub(1);
    let becomes = number(edit, metric, None).map(|becomes| becomes.min(greatest));
    let Some(becomes) = becomes.filter(|becomes| metric != Some(*becomes)) else {
        return;
    };
    let old: Option<Aigp> = route.attributes().other.typed();
    let aigp = old.map_or_else(|| Aigp::new(becomes), |old| old.with_metric(becomes));
    // Without room for a metric it stays as it is.
    let _ = route.edit().other.insert_typed(&aigp);
}

/// Leaves out what is there twice.
pub(super) fn check<V: Listed, P>(edit: &mut ListEdit<V, P>) -> Result<(), PolicyErrorKind> {
    let is_empty = match edit {
        ListEdit::Set(values) | ListEdit::Add(values) => {
            let mut seen = BTreeSet::new();
            values.retain(|value| seen.insert(*value));
            values.is_empty()
        }
        ListEdit::Remove(patterns) | ListEdit::Keep(patterns) => patterns.is_empty(),
    };
    if is_empty {
        return Err(PolicyErrorKind::EmptyList);
    }
    Ok(())
}

pub(super) fn list<V, P>(edit: &ListEdit<V, P>, route: &mut Draft<'_>)
where
    V: Listed,
    P: Pattern<Value = V>,
{
    let list = V::list(route.attributes());
    let is_matched = |value: &V, patterns: &[P]| patterns.iter().any(|of| of.matches(*value));
    match edit {
        ListEdit::Set(values) => {
            if list != values {
                V::list_mut(route.edit()).clone_from(values);
            }
        }
        ListEdit::Add(values) => {
            let missing = values.iter().filter(|value| !list.contains(value)).count();
            if missing != 0 {
                let list = V::list_mut(route.edit());
                list.reserve_exact(missing);
                for value in values {
                    if !list.contains(value) {
                        list.push(*value);
                    }
                }
            }
        }
        ListEdit::Remove(patterns) => {
            if list.iter().any(|value| is_matched(value, patterns)) {
                attributes::retain(route.edit(), |value| !is_matched(value, patterns));
            }
        }
        ListEdit::Keep(patterns) => {
            if !list.iter().all(|value| is_matched(value, patterns)) {
                attributes::retain(route.edit(), |value| is_matched(value, patterns));
            }
        }
    }
}
