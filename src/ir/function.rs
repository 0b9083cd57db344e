//! The functions that rules compute with, in no vendor's words. Each language has a table of how it says them.

macro_rules! functions {
    ($enum:ident, $what:literal; $($variant:ident $name:literal $arguments:literal $doc:literal;)+) => {
        #[doc = $what]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $enum {
            $(#[doc = $doc] $variant,)+
        }

        impl $enum {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in the documentation.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What its arguments are called, with `?` after those that may be left out and `…` where more may follow.
            pub fn arguments(self) -> &'static str {
                match self { $(Self::$variant => $arguments,)+ }
            }

            /// What it computes.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $doc,)+ }
            }
        }
    };
}

functions! {
    Function, "A scalar function. A missing argument makes the value missing, where its sentence says nothing else.";
    // Text.
    Lower "lower" "text" "The text in lower case.";
    Upper "upper" "text" "The text in upper case.";
    Length "length" "text" "How many characters the text has.";
    Concat "concat" "value, …" "The values as text, one after the other; missing ones are empty.";
    Substring "substring" "text, start, length?" "The characters from a position on, counted from 0; to the end without a length.";
    Replace "replace" "text, from, to" "The text with each occurrence of another one replaced.";
    ReplaceRegex "replace_regex" "text, regex, to" "The text with each match replaced; the replacement may name groups as `\\1`.";
    Extract "extract" "regex, group, text" "The group of the first match; missing without one. Group 0 is the whole match.";
    ExtractAll "extract_all" "regex, text" "The list of all matches: of the group, or lists of the groups if there are several.";
    Split "split" "text, separator" "The list of parts between separators.";
    SplitPart "split_part" "text, separator, index" "One part between separators, counted from 0; missing where there are fewer.";
    Trim "trim" "text" "The text without white space at its ends.";
    TrimOf "trim_of" "text, regex" "The text without matches of the regex at its ends.";
    TrimStartOf "trim_start_of" "text, regex" "The text without matches of the regex at its start.";
    TrimEndOf "trim_end_of" "text, regex" "The text without matches of the regex at its end.";
    IndexOf "index_of" "text, part" "The position of the first occurrence, counted from 0; -1 without one.";
    CountOf "count_of" "text, part" "How often a text occurs in another one.";
    Reverse "reverse" "text" "The characters in reverse order.";
    Base64Decode "base64_decode" "text" "The UTF-8 text that the Base64 text encodes; missing if it is none.";
    Base64Encode "base64_encode" "text" "The Base64 text of the UTF-8 text.";
    UrlDecode "url_decode" "text" "The text with percent escapes decoded.";
    // Conversions.
    ToText "to_text" "value" "The value as text; a missing one is empty.";
    ToInteger "to_integer" "value" "The value as a whole number, rounded towards zero; missing if it reads as none.";
    ToReal "to_real" "value" "The value as a number; missing if it reads as none.";
    ToBoolean "to_boolean" "value" "The value as true or false; missing if it reads as neither.";
    ToTimestamp "to_timestamp" "value" "The value as a point in time; missing if it reads as none.";
    ToDuration "to_duration" "value" "The value as a length of time; missing if it reads as none.";
    ParseJson "parse_json" "text" "The value that the JSON text holds; the text itself if it is no JSON.";
    ParseXml "parse_xml" "text" "The XML text as an object.";
    HexToInteger "hex_to_integer" "text" "The number that hexadecimal text stands for.";
    // Choice.
    Coalesce "coalesce" "value, …" "The first value that is there; text that is empty is not.";
    // Numbers.
    Add "add" "a, b" "The sum; of a point in time and a length of time, a point in time.";
    Subtract "subtract" "a, b" "The difference; of two points in time, a length of time.";
    Multiply "multiply" "a, b" "The product.";
    Divide "divide" "a, b" "The quotient; of whole numbers, rounded towards zero.";
    Modulo "modulo" "a, b" "The remainder.";
    Absolute "absolute" "number" "The number without its sign.";
    Round "round" "number, digits?" "The number rounded to so many digits after the point; to a whole number without.";
    Floor "floor" "number" "The greatest whole number that is not greater.";
    Ceiling "ceiling" "number" "The least whole number that is not less.";
    Least "least" "value, …" "The least of the values that are there.";
    Greatest "greatest" "value, …" "The greatest of the values that are there.";
    Logarithm "logarithm" "number" "The natural logarithm.";
    Power "power" "base, exponent" "A power.";
    SquareRoot "square_root" "number" "The square root.";
    // Time.
    Now "now" "" "The time of the query.";
    Ago "ago" "duration" "So long before the time of the query.";
    Bin "bin" "value, size" "The greatest multiple of a number or a length of time that is not greater.";
    StartOfDay "start_of_day" "time, days?" "Midnight of its day (UTC), shifted by some days.";
    StartOfWeek "start_of_week" "time, weeks?" "Midnight of its week's Sunday (UTC), shifted by some weeks.";
    StartOfMonth "start_of_month" "time, months?" "Midnight of its month's first day (UTC), shifted by some months.";
    HourOfDay "hour_of_day" "time" "The hour (UTC), 0 to 23.";
    DayOfWeek "day_of_week" "time" "Days since Sunday (UTC), 0 to 6.";
    DayOfMonth "day_of_month" "time" "The day of the month (UTC), 1 to 31.";
    MonthOfYear "month_of_year" "time" "The month (UTC), 1 to 12.";
    YearOf "year_of" "time" "The year (UTC).";
    SecondsBetween "seconds_between" "later, earlier" "Boundaries of seconds between two points in time.";
    MinutesBetween "minutes_between" "later, earlier" "Boundaries of minutes between two points in time.";
    HoursBetween "hours_between" "later, earlier" "Boundaries of hours between two points in time.";
    DaysBetween "days_between" "later, earlier" "Boundaries of days (UTC) between two points in time.";
    FormatTime "format_time" "time, format" "The time as text, by a format of letters such as `yyyy-MM-dd`.";
    FromUnixSeconds "from_unix_seconds" "number" "The point in time so many seconds after 1970 (UTC).";
    FromUnixMilliseconds "from_unix_milliseconds" "number" "The point in time so many milliseconds after 1970 (UTC).";
    // Lists and objects.
    List "list" "value, …" "The values as a list.";
    ListLength "list_length" "list" "How many elements a list has.";
    ListJoin "list_join" "list, separator" "The elements as text with a separator between them.";
    ListSort "list_sort" "list" "The elements in ascending order.";
    ListConcat "list_concat" "list, …" "The elements of all lists.";
    ListSlice "list_slice" "list, start, end" "The elements between two positions, both included.";
    ListContains "list_contains" "list, value" "Whether a value is an element.";
    ListIndexOf "list_index_of" "list, value" "The position of a value, counted from 0; -1 without one.";
    SetIntersection "set_intersection" "list, list" "The different elements of both.";
    SetDifference "set_difference" "list, list" "The different elements of the first that the second lacks.";
    SetUnion "set_union" "list, list" "The different elements of either.";
    Object "object" "name, value, …" "A JSON object of names and values.";
    ObjectKeys "object_keys" "object" "The names of an object's members.";
    // Network, paths, URLs.
    IpInRange "ip_in_range" "address, network" "Whether an address is in a network in CIDR notation; missing if either is none.";
    IpInAnyRange "ip_in_any_range" "address, networks" "Whether an address is in one of the networks; missing if it is none.";
    IpIsPrivate "ip_is_private" "address" "Whether an IPv4 address is one of RFC 1918; missing if it is none.";
    IpToNumber "ip_to_number" "address" "The number of an IPv4 address; missing if it is none.";
    UrlHost "url_host" "url" "The host of a URL.";
    UrlPath "url_path" "url" "The path of a URL.";
    FileName "file_name" "path" "What stands after the last `/` or `\\` of a path.";
    Md5 "md5" "value" "The MD5 hash in hexadecimal.";
    Sha1 "sha1" "value" "The SHA-1 hash in hexadecimal.";
    Sha256 "sha256" "value" "The SHA-256 hash in hexadecimal.";
}

functions! {
    AggregateFunction, "A function of a group's rows. Missing values do not count, where its sentence says nothing else.";
    Count "count" "" "How many rows there are.";
    CountDistinct "count_distinct" "value" "How many different values there are, exactly.";
    CountDistinctAbout "count_distinct_about" "value" "How many different values there are, estimated.";
    Sum "sum" "number" "The sum.";
    Average "average" "number" "The mean.";
    Minimum "minimum" "value" "The least value.";
    Maximum "maximum" "value" "The greatest value.";
    Median "median" "number" "The middle value.";
    Percentile "percentile" "number, percent" "The value below which so many percent of the values are.";
    StandardDeviation "standard_deviation" "number" "The sample's standard deviation.";
    Variance "variance" "number" "The sample's variance.";
    CollectSet "collect_set" "value, most?" "The different values as a list, at most so many.";
    CollectList "collect_list" "value, most?" "All values as a list, at most so many.";
    CollectObject "collect_object" "object" "The objects' members in one object.";
    AnyValue "any_value" "value" "One of the values.";
    First "first" "value" "The value of the first row, in the rows' order.";
    Last "last" "value" "The value of the last row, in the rows' order.";
}
