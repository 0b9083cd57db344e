//! Kusto's names of functions.

use crate::ir::{AggregateFunction, Function};

/// How a call's arguments become the function's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As they stand.
    Same,
    /// `replace(regex, with, text)` has the text last.
    TextLast,
    /// `trim(regex, text)` has the text last.
    Swapped,
}

/// The functions by their names in Kusto; the first name of a function is the one that is written.
pub(super) const FUNCTIONS: &[(&str, Function, Order)] = {
    use Function as F;
    use Order::{Same, Swapped, TextLast};
    &[
        ("tolower", F::Lower, Same),
        ("toupper", F::Upper, Same),
        ("strlen", F::Length, Same),
        ("string_size", F::Length, Same),
        ("strcat", F::Concat, Same),
        ("substring", F::Substring, Same),
        ("replace_string", F::Replace, Same),
        ("replace_regex", F::ReplaceRegex, Same),
        ("replace", F::ReplaceRegex, TextLast),
        ("extract", F::Extract, Same),
        ("extract_all", F::ExtractAll, Same),
        ("split", F::Split, Same),
        ("trim", F::TrimOf, Swapped),
        ("trim_start", F::TrimStartOf, Swapped),
        ("trim_end", F::TrimEndOf, Swapped),
        ("indexof", F::IndexOf, Same),
        ("countof", F::CountOf, Same),
        ("reverse", F::Reverse, Same),
        ("base64_decode_tostring", F::Base64Decode, Same),
        ("base64_decodestring", F::Base64Decode, Same),
        ("base64_encode_tostring", F::Base64Encode, Same),
        ("url_decode", F::UrlDecode, Same),
        ("tostring", F::ToText, Same),
        ("toint", F::ToInteger, Same),
        ("tolong", F::ToInteger, Same),
        ("todouble", F::ToReal, Same),
        ("toreal", F::ToReal, Same),
        ("todecimal", F::ToReal, Same),
        ("tobool", F::ToBoolean, Same),
        ("toboolean", F::ToBoolean, Same),
        ("todatetime", F::ToTimestamp, Same),
        ("totimespan", F::ToDuration, Same),
        ("parse_json", F::ParseJson, Same),
        ("parsejson", F::ParseJson, Same),
        ("todynamic", F::ParseJson, Same),
        ("toobject", F::ParseJson, Same),
        ("parse_xml", F::ParseXml, Same),
        ("coalesce", F::Coalesce, Same),
        ("abs", F::Absolute, Same),
        ("round", F::Round, Same),
        ("ceiling", F::Ceiling, Same),
        ("min_of", F::Least, Same),
        ("max_of", F::Greatest, Same),
        ("log", F::Logarithm, Same),
        ("pow", F::Power, Same),
        ("sqrt", F::SquareRoot, Same),
        ("now", F::Now, Same),
        ("ago", F::Ago, Same),
        ("bin", F::Bin, Same),
        ("floor", F::Bin, Same),
        ("startofday", F::StartOfDay, Same),
        ("startofweek", F::StartOfWeek, Same),
        ("startofmonth", F::StartOfMonth, Same),
        ("hourofday", F::HourOfDay, Same),
        ("dayofmonth", F::DayOfMonth, Same),
        ("monthofyear", F::MonthOfYear, Same),
        ("getmonth", F::MonthOfYear, Same),
        ("getyear", F::YearOf, Same),
        ("format_datetime", F::FormatTime, Same),
        ("unixtime_seconds_todatetime", F::FromUnixSeconds, Same),
        ("unixtime_milliseconds_todatetime", F::FromUnixMilliseconds, Same),
        ("pack_array", F::List, Same),
        ("array_length", F::ListLength, Same),
        ("arraylength", F::ListLength, Same),
        ("strcat_array", F::ListJoin, Same),
        ("array_strcat", F::ListJoin, Same),
        ("array_sort_asc", F::ListSort, Same),
        ("array_concat", F::ListConcat, Same),
        ("array_slice", F::ListSlice, Same),
        ("array_index_of", F::ListIndexOf, Same),
        ("set_has_element", F::ListContains, Same),
        ("set_intersect", F::SetIntersection, Same),
        ("set_difference", F::SetDifference, Same),
        ("set_union", F::SetUnion, Same),
        ("bag_pack", F::Object, Same),
        ("pack", F::Object, Same),
        ("pack_dictionary", F::Object, Same),
        ("bag_keys", F::ObjectKeys, Same),
        ("ipv4_is_in_range", F::IpInRange, Same),
        ("ipv6_is_in_range", F::IpInRange, Same),
        ("ipv4_is_in_any_range", F::IpInAnyRange, Same),
        ("ipv6_is_in_any_range", F::IpInAnyRange, Same),
        ("ipv4_is_private", F::IpIsPrivate, Same),
        ("parse_ipv4", F::IpToNumber, Same),
        ("hash_md5", F::Md5, Same),
        ("hash_sha1", F::Sha1, Same),
        ("hash_sha256", F::Sha256, Same),
    ]
};

/// The aggregates by their names in Kusto, and whether the last argument is a condition on the rows.
pub(super) const AGGREGATES: &[(&str, AggregateFunction, bool)] = {
    use AggregateFunction as A;
    &[
        ("count", A::Count, false),
        ("countif", A::Count, true),
        ("count_distinct", A::CountDistinct, false),
        ("count_distinctif", A::CountDistinct, true),
        ("dcount", A::CountDistinctAbout, false),
        ("dcountif", A::CountDistinctAbout, true),
        ("sum", A::Sum, false),
        ("sumif", A::Sum, true),
        ("avg", A::Average, false),
        ("avgif", A::Average, true),
        ("min", A::Minimum, false),
        ("minif", A::Minimum, true),
        ("max", A::Maximum, false),
        ("maxif", A::Maximum, true),
        ("percentile", A::Percentile, false),
        ("stdev", A::StandardDeviation, false),
        ("stdevif", A::StandardDeviation, true),
        ("variance", A::Variance, false),
        ("make_set", A::CollectSet, false),
        ("makeset", A::CollectSet, false),
        ("make_set_if", A::CollectSet, true),
        ("make_list", A::CollectList, false),
        ("makelist", A::CollectList, false),
        ("make_list_if", A::CollectList, true),
        ("make_bag", A::CollectObject, false),
        ("make_bag_if", A::CollectObject, true),
        ("take_any", A::AnyValue, false),
        ("any", A::AnyValue, false),
        ("take_anyif", A::AnyValue, true),
        ("anyif", A::AnyValue, true),
    ]
};

/// The function of a name.
pub(super) fn function(name: &str) -> Option<(Function, Order)> {
    FUNCTIONS.iter().find(|(it, ..)| *it == name).map(|(_, function, order)| (*function, *order))
}

/// The aggregate of a name, and whether its last argument is a condition.
pub(super) fn aggregate(name: &str) -> Option<(AggregateFunction, bool)> {
    AGGREGATES.iter().find(|(it, ..)| *it == name).map(|(_, function, conditional)| (*function, *conditional))
}

/// The name that a query gives to the column of an aggregate without one ("summarize operator", on default names):
/// `make_set(X)` is `set_X`.
pub(super) fn default_prefix(name: &str) -> &str {
    match name {
        "make_set" | "makeset" | "make_set_if" => "set",
        "make_list" | "makelist" | "make_list_if" => "list",
        "make_bag" | "make_bag_if" => "bag",
        other => other,
    }
}

/// The name of a function, and the order of its arguments.
pub(super) fn name_of(function: Function) -> Option<(&'static str, Order)> {
    FUNCTIONS.iter().find(|(_, it, _)| *it == function).map(|(name, _, order)| (*name, *order))
}

/// The name of an aggregate, with or without a condition on the rows.
pub(super) fn aggregate_name(function: AggregateFunction, is_conditional: bool) -> Option<&'static str> {
    let row =
        AGGREGATES.iter().find(|(_, it, conditional)| *it == function && *conditional == is_conditional);
    row.map(|(name, ..)| *name)
}
