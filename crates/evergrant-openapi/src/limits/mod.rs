//! Budgets for everything in a description that costs memory or time. They are well above the largest published
//! descriptions (GitHub, Stripe, Microsoft Graph). A description that exhausts all of them takes less than 2 GB of
//! memory. The error message states the budget, its value and the remedy.

mod limit_and_budget;

pub(crate) use self::limit_and_budget::{Budget, Limit};

const SPLIT: &str = "split the description, or remove parts of it with an overlay";
const SHORTEN: &str = "shorten the list; use an overlay if you cannot edit the description";

/// A value takes up to 300 bytes in memory. Microsoft Graph's description has about 1,500,000.
pub(crate) const NODES: Limit = Limit::new(
    "nodes",
    4_000_000,
    "values (objects, arrays, strings, numbers, booleans, nulls) in the description",
    SPLIT,
);
/// Fits into the stack of a thread and is below the limits of the parsers.
pub(crate) const DEPTH: Limit = Limit::new(
    "depth",
    120,
    "levels of nested objects and arrays",
    "move nested schemas to `components`, and reference them",
);
/// Exceeds the size of the file only if YAML aliases repeat strings.
pub(crate) const SOURCE: Limit = Limit::new("source", 64 * 1024 * 1024, "bytes in the file", SPLIT);
/// All files together also have the budget of the source.
pub(crate) const REFERENCED_FILES: Limit = Limit::new(
    "referenced files",
    10_000,
    "files that the description refers to",
    "bundle the description into one file",
);
pub(crate) const SOURCE_TEXT: Limit = Limit::new(
    "source text",
    128 * 1024 * 1024,
    "bytes in the names and strings of the description",
    SPLIT,
);
/// Errors of the parser's own limits, such as 50,000 anchors, are reported as this budget.
pub(crate) const ALIASES: Limit = Limit::new(
    "aliases",
    200_000,
    "values repeated by YAML anchors, aliases and merge keys",
    "write them out, or give them a name in `components` and refer to it",
);

/// Microsoft Graph's description has about 17,000.
pub(crate) const OPERATIONS: Limit = Limit::new("operations", 50_000, "operations", SPLIT);
pub(crate) const TAGS: Limit = Limit::new("tags", 10_000, "groups of operations (tags)", SPLIT);
/// In all operations: a shared parameter counts once for each operation that references it.
pub(crate) const PARAMETERS: Limit = Limit::new("parameters", 500_000, "parameters of all operations", SPLIT);
pub(crate) const OWN_PARAMETERS: Limit = Limit::new("own parameters", 1_000, "parameters of one operation", SHORTEN);
/// In all operations: a shared response counts once for each operation that references it.
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
/// In one `security`: all alternatives with their schemes and scopes.
pub(crate) const ALTERNATIVES: Limit = Limit::new(
    "security alternatives",
    1_000,
    "alternatives, schemes and scopes in one `security`",
    SHORTEN,
);
/// In all operations: the description's `security` counts once for each operation that does not have its own.
pub(crate) const ALL_ALTERNATIVES: Limit = Limit::new(
    "all security alternatives",
    500_000,
    "alternatives, schemes and scopes in the `security` of all operations",
    SPLIT,
);
/// Beyond them, the description is not worth reading further.
pub(crate) const PROBLEMS: Limit = Limit::new(
    "problems",
    10_000,
    "problems in the description",
    "repair the description, or remove its invalid parts with an overlay",
);
/// Distinct servers of the description, its paths and its operations.
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
pub(crate) const TYPES: Limit = Limit::new("types", 50_000, "types generated from schemas", SPLIT);
pub(crate) const PROPERTIES: Limit = Limit::new(
    "properties",
    5_000,
    "properties of one object",
    "describe the object as a map (`additionalProperties`), or split it",
);
pub(crate) const VARIANTS: Limit = Limit::new(
    "variants",
    2_000,
    "branches of one `oneOf` or `anyOf`, or subtypes of one base schema",
    SHORTEN,
);
/// With more than 3,000 values, the type is a string or an integer without variants.
pub(crate) const ENUM_VALUES: Limit = Limit::new(
    "enum values",
    100_000,
    "values of one `enum`",
    "remove the `enum`, and list the values in the schema's `description`",
);
/// Each schema, member, value and branch counts every time it is merged into another schema.
pub(crate) const SCHEMAS: Limit = Limit::new(
    "schemas",
    4_000_000,
    "schemas, members and values merged into other schemas",
    "move repeated schemas to `components`, and reference them as properties instead of with `allOf`",
);
/// Names and documentation in models and operations: shared text counts once for each of them.
pub(crate) const TEXT: Limit = Limit::new(
    "text",
    256 * 1024 * 1024,
    "bytes of names and documentation in the SDK",
    "shorten the `description` of the components that are referenced most",
);
/// Each line takes about a kilobyte while its item is formatted.
pub(crate) const LINES: Limit = Limit::new(
    "lines",
    100_000,
    "lines of documentation in one type, operation, security scheme or client",
    "shorten the `description` of its members",
);
/// Enum values that untagged unions compare, counted for each member of each variant of each union.
pub(crate) const CONDITIONS: Limit = Limit::new(
    "conditions",
    1_000_000,
    "values and members that distinguish the variants of unions",
    "add a `discriminator` to the unions",
);
pub(crate) const OUTPUT: Limit = Limit::new("output", 512 * 1024 * 1024, "bytes in the SDK's files", SPLIT);
pub(crate) const FILES: Limit = Limit::new("files", 100_000, "files in the SDK", SPLIT);

pub(crate) const ACTIONS: Limit = Limit::new(
    "overlay actions",
    10_000,
    "actions of one overlay",
    "use several overlays",
);
/// For one target: a value counts once for each step of the path to it, and for each path and condition of a filter.
pub(crate) const SEARCH: Limit = Limit::new(
    "overlay search",
    40_000_000,
    "values to search for the target of one overlay action",
    "write a more specific target, with fewer `..`, filters and repeated selectors",
);
pub(crate) const SEARCHES: Limit = Limit::new(
    "all overlay searches",
    1_000_000_000,
    "values to search for all targets of an overlay",
    "write more specific targets, with fewer `..` and filters",
);

/// Budgets for the text, parameters and responses that operations copy from the components they reference.
#[derive(Debug)]
pub(crate) struct CopyBudgets {
    pub(crate) text: Budget,
    pub(crate) parameters: Budget,
    pub(crate) responses: Budget,
}

impl CopyBudgets {
    pub(crate) fn new() -> Self {
        Self {
            text: Budget::of(&TEXT),
            parameters: Budget::of(&PARAMETERS),
            responses: Budget::of(&RESPONSES),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::limit_and_budget::thousands;
    use super::*;

    #[test]
    fn the_readme_lists_every_budget_and_its_value() {
        let readme = include_str!("../../README.md");
        let source = include_str!("mod.rs");
        let budgets = [
            &NODES,
            &DEPTH,
            &SOURCE,
            &REFERENCED_FILES,
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
            &PROBLEMS,
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
            "includes this line"
        );
        for budget in budgets {
            let most = match budget.max.is_multiple_of(1 << 20) {
                true => format!("{} MiB", budget.max >> 20),
                false => thousands(budget.max),
            };
            let row = format!("| `{}` | {most} |", budget.name);
            assert!(readme.contains(&row), "{row}");
        }
    }

    #[test]
    fn messages_state_the_budget_its_value_the_counted_items_and_the_remedy() {
        let message = ENUM_VALUES.check(100_001).unwrap_err();
        for expected in ["values of one `enum`", "`enum values`", "100,000", "remove the `enum`"] {
            assert!(message.contains(expected), "{message}");
        }
        let mut budget = Budget::of(&SCHEMAS);
        assert!(budget.spend(4_000_000).is_ok() && budget.spend(1).is_err());
        assert!(budget.spend(usize::MAX).is_err(), "the sum does not overflow");
        for (number, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(thousands(number), shown);
        }
    }
}
