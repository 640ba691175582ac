//! Where the boxes and links of a picture stand: in columns, from left to right.
//!
//! A box stands to the right of what links to it, as far as there is no circle. Between two columns
//! of boxes is one for the labels of links, in which a link through it has a place of its own; so no
//! label covers another. Lengths are whole numbers, and the same boxes give the same picture.

use std::collections::BTreeSet;

/// The space between two columns.
const BETWEEN_COLUMNS: i64 = 20;

/// The space between two things in a column.
const BETWEEN_ROWS: i64 = 9;

/// How often the order and the places are improved.
const ROUNDS: usize = 12;

/// Width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: i64,
    pub(super) height: i64,
}

/// A link between two boxes, by their numbers, and the size of its label.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) source: usize,
    pub(super) target: usize,
    pub(super) label: Size,
}

/// From the left and from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i64,
    pub(super) y: i64,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) size: Size,
    /// The upper left corner of each box, and its size: that of the widest of its column.
    pub(super) boxes: Vec<(Point, Size)>,
    /// The line of each link, and the middle of its label.
    pub(super) links: Vec<(Vec<Point>, Point)>,
}

/// Where boxes and links stand.
pub(super) fn laid_out(boxes: &[Size], links: &[Link]) -> Layout {
    let ranks = ranks(boxes.len(), links);
    let mut grid = Grid::new(boxes, &ranks);
    let chains: Vec<Vec<usize>> = links.iter().map(|link| grid.chain(link, &ranks)).collect();
    grid.order();
    grid.place();
    grid.layout(boxes.len(), links, &chains)
}

/// The column of each box. What lies on a circle is taken in the order of numbers.
fn ranks(count: usize, links: &[Link]) -> Vec<usize> {
    let order = order(count, links);
    let mut place = vec![0; count];
    for (index, number) in order.iter().enumerate() {
        set(&mut place, *number, index);
    }
    let forward: Vec<(usize, usize)> = links
        .iter()
        .filter(|link| link.source != link.target)
        .map(|link| {
            if get(&place, link.source) < get(&place, link.target) {
                (link.source, link.target)
            } else {
                (link.target, link.source)
            }
        })
        .collect();
    let mut ranks: Vec<usize> = vec![0; count];
    for number in &order {
        let before = forward.iter().filter(|(_, target)| target == number);
        let rank = before.map(|(source, _)| get(&ranks, *source) + 1).max();
        set(&mut ranks, *number, rank.unwrap_or(0));
    }
    // What nothing links to stands beside the first that it links to.
    for number in order.iter().rev() {
        if forward.iter().any(|(_, target)| target == number) {
            continue;
        }
        let after = forward.iter().filter(|(source, _)| source == number);
        if let Some(rank) = after.map(|(_, target)| get(&ranks, *target)).min() {
            set(&mut ranks, *number, rank.saturating_sub(1));
        }
    }
    ranks
}

/// The boxes, each after what links to it; where there is a circle, the first number of it first.
fn order(count: usize, links: &[Link]) -> Vec<usize> {
    let mut left: BTreeSet<usize> = (0..count).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(first) = left.first().copied() {
        let is_free = |number: &&usize| {
            let mut before = links.iter().filter(|link| link.target == **number);
            before.all(|link| link.source == link.target || !left.contains(&link.source))
        };
        let next = left.iter().find(is_free).copied().unwrap_or(first);
        left.remove(&next);
        order.push(next);
    }
    order
}

/// Something in a column: a box, a label, or a link on its way.
#[derive(Debug, Clone)]
struct Item {
    size: Size,
    column: usize,
    /// What it is linked with in the column before, and in that after.
    before: Vec<usize>,
    after: Vec<usize>,
    /// Its middle, from the top.
    y: i64,
}

/// The columns, each with its items from the top.
struct Grid {
    items: Vec<Item>,
    columns: Vec<Vec<usize>>,
}

impl Grid {
    /// The boxes, in every other column.
    fn new(boxes: &[Size], ranks: &[usize]) -> Self {
        let mut grid = Self {
            items: Vec::new(),
            columns: Vec::new(),
        };
        for (size, rank) in boxes.iter().zip(ranks) {
            grid.add(*size, rank * 2);
        }
        grid
    }

    fn add(&mut self, size: Size, column: usize) -> usize {
        let number = self.items.len();
        self.items.push(Item {
            size,
            column,
            before: Vec::new(),
            after: Vec::new(),
            y: 0,
        });
        while self.columns.len() <= column {
            self.columns.push(Vec::new());
        }
        if let Some(column) = self.columns.get_mut(column) {
            column.push(number);
        }
        number
    }

    /// The items by which a link goes from the left to the right. The label stands beside the source.
    fn chain(&mut self, link: &Link, ranks: &[usize]) -> Vec<usize> {
        let (mut left, mut right) = (link.source, link.target);
        let is_backward = get(ranks, left) > get(ranks, right);
        if is_backward {
            std::mem::swap(&mut left, &mut right);
        }
        let (first, last) = (get(ranks, left) * 2, get(ranks, right) * 2);
        let beside = if is_backward {
            last.saturating_sub(1)
        } else {
            first + 1
        };
        let way = Size { width: 0, height: 4 };
        let mut chain = vec![left];
        if first == last {
            // A box that links to itself: the label alone.
            chain.push(self.add(link.label, first + 1));
        }
        for column in first + 1..last {
            let size = if column == beside { link.label } else { way };
            chain.push(self.add(size, column));
        }
        if first != last {
            chain.push(right);
        }
        for pair in chain.windows(2) {
            if let [one, other] = pair {
                self.join(*one, *other);
            }
        }
        chain
    }

    fn join(&mut self, one: usize, other: usize) {
        if let Some(item) = self.items.get_mut(one) {
            item.after.push(other);
        }
        if let Some(item) = self.items.get_mut(other) {
            item.before.push(one);
        }
    }

    /// Orders each column so that few links cross.
    fn order(&mut self) {
        self.gather();
        let mut best = (self.crossings(), self.columns.clone());
        for round in 0..ROUNDS {
            let mut numbers: Vec<usize> = (0..self.columns.len()).collect();
            if round % 2 == 1 {
                numbers.reverse();
            }
            for number in numbers {
                self.sort(number, round % 2 == 0);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
            }
        }
        self.columns = best.1;
    }

    /// Puts what is linked beside each other, in the order of the first of each.
    fn gather(&mut self) {
        let mut seen = vec![false; self.items.len()];
        for column in &mut self.columns {
            column.clear();
        }
        for start in 0..self.items.len() {
            let mut waiting = vec![start];
            while let Some(number) = waiting.pop() {
                if get(&seen, number) {
                    continue;
                }
                set(&mut seen, number, true);
                let Some(item) = self.items.get(number) else {
                    continue;
                };
                if let Some(column) = self.columns.get_mut(item.column) {
                    column.push(number);
                }
                waiting.extend(item.before.iter().chain(&item.after).rev());
            }
        }
    }

    /// Sorts a column by the places of what its items are linked with on one side.
    fn sort(&mut self, number: usize, by_left: bool) {
        let places = self.places();
        let Some(column) = self.columns.get(number) else {
            return;
        };
        let key = |(index, number): (usize, &usize)| {
            let item = self.items.get(*number);
            let sides = item.map(|item| if by_left { &item.before } else { &item.after });
            let found: Vec<i64> = sides
                .into_iter()
                .flatten()
                .map(|other| get(&places, *other))
                .collect();
            (mean(&found).unwrap_or(length(index) * 1000), *number)
        };
        let mut keyed: Vec<(i64, usize)> = column.iter().enumerate().map(key).collect();
        keyed.sort_by_key(|(place, _)| *place);
        if let Some(column) = self.columns.get_mut(number) {
            *column = keyed.into_iter().map(|(_, number)| number).collect();
        }
    }

    /// The place of each item in its column, in thousandths.
    fn places(&self) -> Vec<i64> {
        let mut places = vec![0; self.items.len()];
        for column in &self.columns {
            for (place, number) in column.iter().enumerate() {
                set(&mut places, *number, length(place) * 1000);
            }
        }
        places
    }

    /// How many pairs of links cross.
    fn crossings(&self) -> usize {
        let places = self.places();
        let mut crossings = 0;
        for column in &self.columns {
            let mut lines: Vec<(i64, i64)> = Vec::new();
            for number in column {
                let after = self.items.get(*number).map(|item| &item.after);
                let place = get(&places, *number);
                lines.extend(
                    after
                        .into_iter()
                        .flatten()
                        .map(|other| (place, get(&places, *other))),
                );
            }
            for (index, (from, to)) in lines.iter().enumerate() {
                let later = lines.iter().skip(index + 1);
                crossings += later.filter(|(begin, end)| from < begin && to > end).count();
            }
        }
        crossings
    }

    /// Gives each item its place from the top, near to what it is linked with.
    fn place(&mut self) {
        for column in self.columns.clone() {
            self.settle(&column, |_, _| 0);
        }
        for round in 0..ROUNDS {
            let mut columns = self.columns.clone();
            if round % 2 == 1 {
                columns.reverse();
            }
            for column in columns {
                self.settle(&column, |grid, item| {
                    let linked = item.before.iter().chain(&item.after);
                    let found: Vec<i64> = linked
                        .filter_map(|other| Some(grid.items.get(*other)?.y))
                        .collect();
                    mean(&found).unwrap_or(item.y)
                });
            }
        }
    }

    /// Puts the items of a column as near as can be to where they want to be, with space between
    /// them: those that would overlap move together, by their mean.
    fn settle(&mut self, column: &[usize], wanted: impl Fn(&Self, &Item) -> i64) {
        let mut offset = 0;
        let mut last_height = 0;
        let mut offsets = Vec::with_capacity(column.len());
        // Blocks of items that touch: the sum of what they want, and how many they are.
        let mut blocks: Vec<(i64, i64)> = Vec::new();
        for (index, number) in column.iter().enumerate() {
            let Some(item) = self.items.get(*number) else {
                continue;
            };
            if index > 0 {
                offset += i64::midpoint(last_height, item.size.height) + BETWEEN_ROWS;
            }
            last_height = item.size.height;
            offsets.push((*number, offset));
            let mut block = (wanted(self, item) - offset, 1);
            while let Some(before) = blocks.pop_if(|before| before.0 * block.1 >= block.0 * before.1) {
                block = (before.0 + block.0, before.1 + block.1);
            }
            blocks.push(block);
        }
        let mut offsets = offsets.into_iter();
        for (sum, count) in blocks {
            for _ in 0..count {
                let Some((number, offset)) = offsets.next() else {
                    return;
                };
                if let Some(item) = self.items.get_mut(number) {
                    item.y = sum.div_euclid(count) + offset;
                }
            }
        }
    }

    fn layout(self, boxes: usize, links: &[Link], chains: &[Vec<usize>]) -> Layout {
        let of_column = |column: &Vec<usize>| {
            let items = column.iter().filter_map(|number| self.items.get(*number));
            items.map(|item| item.size.width).max().unwrap_or(0)
        };
        let mut lefts = Vec::with_capacity(self.columns.len());
        let mut width = 1;
        for column in &self.columns {
            let wide = of_column(column);
            lefts.push((width, wide));
            width += wide + BETWEEN_COLUMNS;
        }
        let tops = self.items.iter().map(|item| item.y - item.size.height / 2);
        let top = tops.min().unwrap_or(0) - 1;
        let bottoms = self.items.iter().map(|item| item.y + item.size.height / 2);
        let column = |item: &Item| lefts.get(item.column).copied().unwrap_or_default();
        let line = |(link, chain): (&Link, &Vec<usize>)| {
            let items: Vec<&Item> = chain
                .iter()
                .filter_map(|number| self.items.get(*number))
                .collect();
            let mut points: Vec<Point> = Vec::new();
            let labels = items.iter().skip(1).find(|item| item.size == link.label);
            let label = labels.map(|item| {
                let (left, wide) = column(item);
                let y = item.y - top;
                Point {
                    x: left + wide / 2,
                    y,
                }
            });
            for item in &items {
                let (left, wide) = column(item);
                let y = item.y - top;
                points.push(Point { x: left, y });
                points.push(Point { x: left + wide, y });
            }
            let mut points: Vec<Point> = points.get(1..).unwrap_or_default().to_vec();
            points.pop();
            if chain.first() != Some(&link.source) {
                points.reverse();
            }
            (points, label.unwrap_or(Point { x: 0, y: 0 }))
        };
        let height = bottoms.max().unwrap_or(0) - top + 2;
        let corner = |item: &Item| {
            let (left, wide) = column(item);
            let size = Size {
                width: wide,
                ..item.size
            };
            let y = item.y - item.size.height / 2 - top;
            (Point { x: left, y }, size)
        };
        Layout {
            size: Size {
                width: width - BETWEEN_COLUMNS + 1,
                height,
            },
            boxes: self.items.iter().take(boxes).map(corner).collect(),
            links: links.iter().zip(chains).map(line).collect(),
        }
    }
}

fn mean(numbers: &[i64]) -> Option<i64> {
    let count = length(numbers.len());
    (count > 0).then(|| numbers.iter().sum::<i64>() / count)
}

/// A number of things as a length.
pub(super) fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn get<T: Copy + Default>(values: &[T], index: usize) -> T {
    values.get(index).copied().unwrap_or_default()
}

fn set<T>(values: &mut [T], index: usize, value: T) {
    if let Some(place) = values.get_mut(index) {
        *place = value;
    }
}

#[cfg(test)]
mod tests;
