//! Divides whole numbers so that the parts always add up to the whole.

/// Divides `total` by `weights`. Units take their turn in `order`; what one
/// cannot get whole is carried to the next, so that even a total of three
/// reaches three units.
pub(crate) fn divide(total: u64, weights: &[f64], order: &[usize]) -> Vec<u32> {
    let caps = vec![u32::MAX; weights.len()];
    divide_within(total, weights, &caps, order)
}

/// The same with an upper bound for every part. What the bounds keep back goes
/// to those that have room and a weight; only then can the parts fall short.
pub(crate) fn divide_within(total: u64, weights: &[f64], caps: &[u32], order: &[usize]) -> Vec<u32> {
    let mut parts = vec![0_u32; weights.len()];
    let sum: f64 = order.iter().map(|unit| weights[*unit]).sum();
    if sum <= 0.0 {
        return parts;
    }
    let each = number(total) / sum;
    let (mut due, mut left) = (0.0, total);
    for unit in order {
        due += weights[*unit] * each;
        let part = whole_part(due).min(u64::from(caps[*unit])).min(left);
        due -= number(part);
        left -= part;
        parts[*unit] = u32::try_from(part).unwrap_or(u32::MAX);
    }
    for unit in order.iter().filter(|unit| weights[**unit] > 0.0) {
        let more = left.min(u64::from(caps[*unit] - parts[*unit]));
        left -= more;
        parts[*unit] += u32::try_from(more).unwrap_or(0);
        if left == 0 {
            break;
        }
    }
    parts
}

/// The whole number below, a hair of rounding forgiven.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
pub(crate) fn whole_part(number: f64) -> u64 {
    (number + 1e-9).clamp(0.0, 9e15) as u64
}

/// A number that is far below 2^53, as are all in a city.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

/// How many of each register are kept one by one: `records` in all, spread in
/// proportion to how eager each is, none beyond its bound as long as others
/// have room, none beyond its total.
pub(crate) fn listed_shares(records: f64, registers: &[(f64, f64, f64)]) -> Vec<f64> {
    let at = |eagerness: f64| -> Vec<f64> {
        registers.iter().map(|(_, eager, bound)| (eager * eagerness).min(*bound)).collect()
    };
    let count = |shares: &[f64]| -> f64 {
        shares.iter().zip(registers).map(|(share, (total, ..))| share * total).sum()
    };
    let most = registers.iter().map(|(.., bound)| *bound).collect::<Vec<_>>();
    let (bounded, all) = (count(&most), registers.iter().map(|(total, ..)| total).sum::<f64>());
    if records >= bounded {
        let beyond = if all > bounded { ((records - bounded) / (all - bounded)).min(1.0) } else { 0.0 };
        return most.iter().map(|bound| bound + (1.0 - bound) * beyond).collect();
    }
    let (mut low, mut high) = (0.0, 1e6);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if count(&at(middle)) < records { low = middle } else { high = middle }
    }
    at(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up() {
        for (total, caps, expected) in [
            (10, [9, 9, 9], [2, 3, 5]),
            (3, [9, 9, 9], [0, 1, 2]),
            (10, [9, 9, 4], [3, 3, 4]),
            (10, [1, 1, 1], [1, 1, 1]),
            (0, [9, 9, 9], [0, 0, 0]),
        ] {
            assert_eq!(
                divide_within(total, &[1.0, 1.5, 2.5], &caps, &[0, 1, 2]),
                expected,
                "{total} within {caps:?}"
            );
        }
        assert_eq!(divide(7, &[0.0, 1.0], &[1, 0]), [0, 7]);
        assert_eq!(divide(7, &[0.0, 0.0], &[1, 0]), [0, 0]);
    }

    #[test]
    fn registers_share_what_is_asked_for() {
        for (records, expected) in [
            (30.0, [0.2, 0.1]),
            (140.0, [0.9, 0.5]),
            (190.0, [0.9, 1.0]),
            (195.0, [0.95, 1.0]),
            (500.0, [1.0, 1.0]),
        ] {
            let found = listed_shares(records, &[(100.0, 1.0, 0.9), (100.0, 0.5, 1.0)]);
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{records}: {found:?}");
        }
    }
}
