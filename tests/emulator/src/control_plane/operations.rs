//! A macro that declares the operations of a service.

macro_rules! operations {
    ($($name:ident),* $(,)?) => {
        /// The operations, named as in the API's documentation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Operation { $($name),* }

        impl Operation {
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];
        }
    };
}

pub(crate) use operations;
