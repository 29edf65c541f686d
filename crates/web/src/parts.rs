//! Small parts that several pages print.
