use proptest::prelude::*;

use super::*;

fn sizes() -> impl Strategy<Value = Vec<Size>> {
    let size = (20..200_i64, 20..60_i64).prop_map(|(width, height)| Size { width, height });
    prop::collection::vec(size, 1..14)
}

fn graph() -> impl Strategy<Value = (Vec<Size>, Vec<Link>)> {
    sizes().prop_flat_map(|boxes| {
        let count = boxes.len();
        let link = (0..count, 0..count, 1..4_i64).prop_map(|(source, target, lines)| Link {
            source,
            target,
            label: Size {
                width: 61,
                height: lines * 15 + 1,
            },
        });
        (Just(boxes), prop::collection::vec(link, 0..24))
    })
}

/// Whether two areas, each with its upper left corner, have a point in common.
fn meet(one: (Point, Size), other: (Point, Size)) -> bool {
    let apart = |from: i64, length: i64, other: i64| from + length <= other;
    let (a, b) = (one, other);
    !(apart(a.0.x, a.1.width, b.0.x)
        || apart(b.0.x, b.1.width, a.0.x)
        || apart(a.0.y, a.1.height, b.0.y)
        || apart(b.0.y, b.1.height, a.0.y))
}

#[test]
fn a_chain_goes_from_left_to_right() {
    let size = Size {
        width: 50,
        height: 20,
    };
    let link = |source, target| Link {
        source,
        target,
        label: Size {
            width: 30,
            height: 15,
        },
    };
    let layout = laid_out(&[size; 3], &[link(2, 1), link(1, 0)]);
    let lefts: Vec<i64> = layout.boxes.iter().map(|(corner, _)| corner.x).collect();
    assert!(lefts[2] < lefts[1] && lefts[1] < lefts[0], "{lefts:?}");
    let tops: Vec<i64> = layout.boxes.iter().map(|(corner, _)| corner.y).collect();
    assert!(tops.iter().all(|top| *top == tops[0]), "{tops:?}");
    for (points, label) in &layout.links {
        assert!(points.windows(2).all(|pair| pair[0].x <= pair[1].x), "{points:?}");
        assert!(points.iter().any(|point| point.x < label.x) && points.iter().any(|point| point.x > label.x));
    }
}

proptest! {
    /// No box or label covers another, all stand in the picture, and each link leads from its source to
    /// its target.
    #[test]
    fn everything_has_a_place_of_its_own((boxes, links) in graph()) {
        let layout = laid_out(&boxes, &links);
        let labels = links.iter().zip(&layout.links).map(|(link, (_, middle))| {
            let x = middle.x - link.label.width / 2;
            let y = middle.y - link.label.height / 2;
            (Point { x, y }, link.label)
        });
        let all: Vec<(Point, Size)> = layout.boxes.iter().copied().chain(labels).collect();
        for (index, one) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                prop_assert!(!meet(*one, *other), "{one:?} {other:?}");
            }
            prop_assert!(one.0.x >= 0 && one.0.y >= 0);
            prop_assert!(one.0.x + one.1.width <= layout.size.width);
            prop_assert!(one.0.y + one.1.height <= layout.size.height);
        }
        for (link, (points, _)) in links.iter().zip(&layout.links) {
            let ends = [(points.first(), link.source), (points.last(), link.target)];
            for (point, number) in ends.into_iter().filter(|_| link.source != link.target) {
                let (corner, size) = layout.boxes[number];
                let point = point.unwrap();
                prop_assert!(point.x == corner.x || point.x == corner.x + size.width);
                prop_assert!(corner.y <= point.y && point.y <= corner.y + size.height);
            }
        }
    }
}
