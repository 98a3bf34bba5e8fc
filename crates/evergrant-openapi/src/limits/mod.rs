//! The budgets of reading a description and generating from it: how much there may be of everything whose cost a description
//! decides. They lie well above the largest descriptions that are published (GitHub's, Stripe's, Microsoft Graph's), and so
//! low that a description that exhausts all of them takes less than 2 GB. A message names the budget, its value and the remedy.

mod limit;

pub(crate) use self::limit::{Limit, Spending};

const SPLIT: &str = "split the description, or leave parts out with an overlay";
const SHORTEN: &str = "shorten the list, with an overlay if the description is not yours";

/// A value takes up to 300 bytes in memory. Microsoft Graph's description has about 1,500,000.
pub(crate) const NODES: Limit = Limit::new(
    "nodes",
    4_000_000,
    "objects, arrays, texts, numbers and other values in the description",
    SPLIT,
);
/// Below the stack of a thread, and below the limits of the parsers.
pub(crate) const DEPTH: Limit = Limit::new(
    "depth",
    120,
    "levels of objects and arrays within each other",
    "give nested schemas names in `components`, and refer to them",
);
/// More than the file itself has only where YAML's aliases repeat a text.
pub(crate) const SOURCE: Limit = Limit::new("source", 64 * 1024 * 1024, "bytes in the file", SPLIT);
pub(crate) const SOURCE_TEXT: Limit = Limit::new(
    "source text",
    128 * 1024 * 1024,
    "bytes in the names and texts of the description",
    SPLIT,
);
/// The parser has a few more, such as 50,000 anchors, which count as this one.
pub(crate) const ALIASES: Limit = Limit::new(
    "aliases",
    200_000,
    "values that YAML's anchors, aliases and merges repeat",
    "write them out, or give them a name in `components` and refer to it",
);

/// Microsoft Graph's description has about 17,000.
pub(crate) const OPERATIONS: Limit = Limit::new("operations", 50_000, "operations", SPLIT);
pub(crate) const TAGS: Limit = Limit::new("tags", 10_000, "groups of operations, by their tags", SPLIT);
/// Over all operations: a parameter that several refer to counts for each.
pub(crate) const PARAMETERS: Limit = Limit::new("parameters", 500_000, "parameters of all operations", SPLIT);
pub(crate) const OWN_PARAMETERS: Limit = Limit::new("own parameters", 1_000, "parameters of one operation", SHORTEN);
/// Over all operations, as with parameters.
pub(crate) const RESPONSES: Limit = Limit::new(
    "responses",
    1_000_000,
    "responses and media types of all operations",
    SPLIT,
);
pub(crate) const OWN_RESPONSES: Limit = Limit::new(
    "own responses",
    1_000,
    "responses of one operation, or media types of one body",
    SHORTEN,
);

pub(crate) const SCHEMES: Limit = Limit::new("security schemes", 1_000, "security schemes", SHORTEN);
pub(crate) const KEYS: Limit = Limit::new("keys", 100, "keys of one security scheme", SHORTEN);
pub(crate) const SCOPES: Limit = Limit::new("scopes", 10_000, "scopes of one security scheme", SHORTEN);
/// For one requirement: the schemes and scopes of all its alternatives.
pub(crate) const ALTERNATIVES: Limit = Limit::new(
    "security alternatives",
    1_000,
    "alternatives, schemes and scopes in one `security`",
    SHORTEN,
);
/// Over all operations: the description's own `security` counts for each operation that has none.
pub(crate) const ALL_ALTERNATIVES: Limit = Limit::new(
    "all security alternatives",
    500_000,
    "alternatives, schemes and scopes in the `security` of all operations",
    SPLIT,
);
/// All servers that differ, of the description, its paths and its operations.
pub(crate) const SERVERS: Limit = Limit::new("servers", 200, "servers", SHORTEN);
pub(crate) const VARIABLES: Limit = Limit::new("server variables", 200, "variables of servers", SHORTEN);
pub(crate) const VARIABLE_VALUES: Limit = Limit::new(
    "server variable values",
    1_000,
    "values of one server variable",
    SHORTEN,
);
pub(crate) const HEADERS: Limit = Limit::new("headers", 1_000, "members of x-evergrant-headers", SHORTEN);

/// Microsoft Graph's description has about 8,000 schemas.
pub(crate) const TYPES: Limit = Limit::new("types", 50_000, "types of the SDK, each of a schema", SPLIT);
pub(crate) const PROPERTIES: Limit = Limit::new(
    "properties",
    5_000,
    "properties of one object",
    "describe it as a map (`additionalProperties`), or split it",
);
pub(crate) const VARIANTS: Limit = Limit::new(
    "variants",
    2_000,
    "branches of one `oneOf` or `anyOf`, or heirs of one base",
    SHORTEN,
);
/// More than 3,000 are taken for text or for integers, and have no variants.
pub(crate) const ENUM_VALUES: Limit = Limit::new(
    "enum values",
    100_000,
    "values of one `enum`",
    "leave the `enum` out, and say in its description what the values are",
);
/// What is put together: each schema, member, value and branch counts whenever another schema takes it over.
pub(crate) const SCHEMAS: Limit = Limit::new(
    "schemas",
    4_000_000,
    "schemas, members and values put together from each other",
    "give what is repeated a name in `components`, and refer to it as a property instead of by `allOf`",
);
/// Names and documentation that models and operations copy: what they share counts for each of them.
pub(crate) const TEXT: Limit = Limit::new(
    "text",
    256 * 1024 * 1024,
    "bytes of names and documentation in the SDK",
    "shorten the descriptions of what is referred to most",
);
/// Each takes about a kilobyte while its item becomes text.
pub(crate) const LINES: Limit = Limit::new(
    "lines",
    100_000,
    "lines of documentation in one type, operation, security scheme or client",
    "shorten the descriptions of what it consists of",
);
/// The values of enums that untagged unions compare, as each union does it for each member of each variant.
pub(crate) const CONDITIONS: Limit = Limit::new(
    "conditions",
    1_000_000,
    "values and members that tell the variants of unions apart",
    "give the unions a `discriminator`",
);
pub(crate) const OUTPUT: Limit = Limit::new("output", 512 * 1024 * 1024, "bytes in the SDK's files", SPLIT);
pub(crate) const FILES: Limit = Limit::new("files", 100_000, "files in the SDK", SPLIT);

pub(crate) const ACTIONS: Limit = Limit::new(
    "overlay actions",
    10_000,
    "actions of one overlay",
    "use several overlays",
);
/// For one target: a place counts once for each step of the path to it, and for each path and condition of a filter.
pub(crate) const SEARCH: Limit = Limit::new(
    "overlay search",
    40_000_000,
    "places for the target of an overlay's action to search",
    "name the places in the target, with fewer `..`, filters and repeated selectors",
);
pub(crate) const SEARCHES: Limit = Limit::new(
    "all overlay searches",
    1_000_000_000,
    "places for the targets of an overlay to search",
    "name the places in the targets, with fewer `..` and filters",
);

/// What operations take over from what they refer to, each anew.
#[derive(Debug)]
pub(crate) struct Copied {
    pub(crate) text: Spending,
    pub(crate) parameters: Spending,
    pub(crate) responses: Spending,
}

impl Copied {
    pub(crate) fn nothing() -> Self {
        Self {
            text: Spending::of(&TEXT),
            parameters: Spending::of(&PARAMETERS),
            responses: Spending::of(&RESPONSES),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::limit::thousands;
    use super::*;

    #[test]
    fn the_readme_lists_each_budget_with_its_value() {
        let readme = include_str!("../../README.md");
        let source = include_str!("mod.rs");
        let budgets = [
            &NODES,
            &DEPTH,
            &SOURCE,
            &SOURCE_TEXT,
            &ALIASES,
            &OPERATIONS,
            &TAGS,
            &PARAMETERS,
            &OWN_PARAMETERS,
            &RESPONSES,
            &OWN_RESPONSES,
            &SCHEMES,
            &KEYS,
            &SCOPES,
            &ALTERNATIVES,
            &ALL_ALTERNATIVES,
            &SERVERS,
            &VARIABLES,
            &VARIABLE_VALUES,
            &HEADERS,
            &TYPES,
            &PROPERTIES,
            &VARIANTS,
            &ENUM_VALUES,
            &SCHEMAS,
            &TEXT,
            &LINES,
            &CONDITIONS,
            &OUTPUT,
            &FILES,
            &ACTIONS,
            &SEARCH,
            &SEARCHES,
        ];
        assert_eq!(
            source.matches(": Limit = Limit::new(").count(),
            budgets.len() + 1,
            "besides this line"
        );
        for budget in budgets {
            let most = match budget.most.is_multiple_of(1 << 20) {
                true => format!("{} MiB", budget.most >> 20),
                false => thousands(budget.most),
            };
            let row = format!("| `{}` | {most} |", budget.name);
            assert!(readme.contains(&row), "{row}");
        }
    }

    #[test]
    fn a_message_names_the_budget_its_value_what_is_counted_and_the_remedy() {
        let message = ENUM_VALUES.check(100_001).unwrap_err();
        for expected in [
            "values of one `enum`",
            "`enum values`",
            "100,000",
            "leave the `enum` out",
        ] {
            assert!(message.contains(expected), "{message}");
        }
        let mut spending = Spending::of(&SCHEMAS);
        assert!(spending.spend(4_000_000).is_ok() && spending.spend(1).is_err());
        assert!(spending.spend(usize::MAX).is_err(), "it does not begin again");
        for (number, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(thousands(number), shown);
        }
    }
}
