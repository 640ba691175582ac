/// Whether something holds of a request of which not everything is known: Kleene's three values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// It holds, whatever is not known.
    Yes,
    /// It does not hold, whatever is not known.
    No,
    /// It depends on what is not known; whether it holds where all of that is missing.
    Open(bool),
}

impl Truth {
    /// Whether it holds where all that is not known is missing.
    pub(super) const fn by_absence(self) -> bool {
        matches!(self, Self::Yes | Self::Open(true))
    }

    /// Whether it depends on what is not known.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Open(_))
    }

    pub(super) const fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Open(holds) => Self::Open(!holds),
        }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, other) | (other, Self::Yes) => other,
            (Self::Open(a), Self::Open(b)) => Self::Open(a && b),
        }
    }

    pub(super) const fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// Whether all hold; looks no further than the first that does not.
    pub(super) fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Yes;
        for truth in truths {
            all = all.and(truth);
            if all == Self::No {
                break;
            }
        }
        all
    }

    /// Whether one holds; looks no further than the first that does.
    pub(super) fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Self::No;
        for truth in truths {
            any = any.or(truth);
            if any == Self::Yes {
                break;
            }
        }
        any
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}
