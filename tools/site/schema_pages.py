"""Reference pages of file formats, from their JSON Schemas: a table of members for each object that has a name or a place."""

import json


def cell(text):
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def code(value):
    """As it stands: a bar between backticks parts no cells, and nothing is escaped there."""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


class SchemaPage:
    def __init__(self, schema, name):
        self.schema = schema
        self.name = name
        self.nested = []  # (place, schema) of objects that stand inline

    def link(self, ref):
        file, _, path = ref.partition("#")
        target = path.rsplit("/", 1)[-1] or "top"
        page = file.replace(".schema.json", ".md")
        return f"[{target}]({page}#{target})"

    def bounds(self, schema):
        low, high = schema.get("minimum"), schema.get("maximum")
        if low is not None and high is not None:
            return f" {low} to {high}"
        if low is not None:
            return f" from {low}"
        return f" up to {high}" if high is not None else ""

    def type_of(self, schema, place):
        """In a few words, with links; objects that stand inline get a table of their own."""
        if schema is True or schema == {}:
            return "any; see the scenario format" if self.name == "family" else "any"
        if "$ref" in schema:
            return self.link(schema["$ref"])
        for union in ("anyOf", "oneOf"):
            if union in schema:
                kinds = [self.type_of(one, place) for one in schema[union]]
                return " or ".join(dict.fromkeys(kinds))
        if "allOf" in schema:
            return self.type_of(schema["allOf"][0], place)
        if "enum" in schema:
            return ", ".join(code(one) for one in schema["enum"])
        if "const" in schema:
            return code(schema["const"])
        kind = schema.get("type", "object" if "properties" in schema else "any")
        if isinstance(kind, list):
            return " or ".join(kind)
        if kind == "array":
            return "array of " + self.type_of(schema.get("items", {}), place + "[]")
        if kind == "object":
            if schema.get("properties"):
                self.nested.append((place, schema))
                return f"object, [below](#{anchor(place)})"
            more = schema.get("additionalProperties")
            if isinstance(more, dict):
                return "object whose members are " + self.type_of(more, place + ".*")
            return "object `{}`" if more is False else "object"
        return kind + self.bounds(schema)

    def described(self, schema):
        if not isinstance(schema, dict):
            return ""
        said = schema.get("description", "")
        out = [cell(said)]
        if "default" in schema:
            out.append(f"Default: {code(schema['default'])}.")
        if "pattern" in schema:
            out.append(f"Form: {code(schema['pattern'])}.")
        return " ".join(filter(None, out))

    def table(self, schema, place):
        required = set(schema.get("required", []))
        out = ["| member | type | |", "|---|---|---|"]
        for member, one in schema["properties"].items():
            inner = f"{place}.{member}" if place else member
            mark = " (required)" if member in required else ""
            out.append(f"| `{member}`{mark} | {self.type_of(one, inner)} | {self.described(one)} |")
        return out + [""]

    def with_nested(self, schema, place):
        """The table of an object, then those of the objects inside it, depth first."""
        before, self.nested = self.nested, []
        out = self.table(schema, place)
        for inner, one in self.nested:
            out += [f"### `{inner}` {{#{anchor(inner)}}}", ""]
            if one.get("description"):
                out += [cell(one["description"]), ""]
            out += self.with_nested(one, inner)
        self.nested = before
        return out

    def definition(self, name, schema):
        out = [f"## {name} {{#{name}}}", ""]
        if schema.get("description"):
            out += [cell(schema["description"]), ""]
        if schema.get("properties"):
            return out + self.with_nested(schema, name)
        before, self.nested = self.nested, []
        kind = self.type_of(schema, name)
        out += [f"Type: {kind}." + (f" Form: {code(schema['pattern'])}." if "pattern" in schema else ""), ""]
        for inner, one in self.nested:
            out += [f"### `{inner}` {{#{anchor(inner)}}}", ""] + self.with_nested(one, inner)
        self.nested = before
        return out


def anchor(place):
    return "m-" + place.replace("[]", "-item").replace(".*", "-any").replace(".", "-").replace("$", "")


def schema_page(schema, name, heading, lead):
    page = SchemaPage(schema, name)
    out = [f"# {heading}", "", lead, "", f"`ikevet schema {name}` prints the schema that this page is made from.", ""]
    out += [cell(schema.get("description", "")), "", "## The file {#top}", ""]
    out += page.with_nested(schema, "")
    for key, one in schema.get("definitions", {}).items():
        out += page.definition(key, one)
    return "\n".join(out)
