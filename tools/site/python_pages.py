"""The reference of the Python package: signatures from its sources and stubs, words from the docstrings of the built package
where there is one, else from those of sources and stubs."""

import ast
import json
import os
import re
import subprocess

DUMP = """
import inspect, json, ikevet
def words(name, thing):
    said = inspect.getdoc(thing) or ""
    # The compiled part begins with a signature, which the stub has better.
    return said.partition("\\n\\n")[2] if said.startswith(name + "(") else said
out = {}
for name in ikevet.__all__:
    thing = getattr(ikevet, name)
    if inspect.isclass(thing) or callable(thing):
        out[name] = words(name, thing)
    if inspect.isclass(thing):
        for member in dir(thing):
            value = getattr(thing, member, None)
            if not member.startswith("_") and (inspect.isroutine(value) or isinstance(value, property)):
                out[name + "." + member] = words(member, value)
print(json.dumps(out))
"""

GROUPS = [
    ("Messages and payloads", "Messages are built, parsed and compared as values.", None),
    ("Numbers of IANA", "Each is an `IntEnum`; numbers without a name stay plain `int`.", None),
    ("Engine", "", "engine.py"),
    ("Virtual network", "", "network.py"),
    ("Live sockets", "", "live.py"),
    ("Captures", "", "capture.py"),
    ("Scenarios, rules and runs", "", "suite.py"),
    ("The program", "", "program.py"),
    ("Catalogue, verdicts, errors", "", None),
]


def docs_of_package(python, folder):
    env = dict(os.environ, PYTHONPATH=str(folder), PYTHONDONTWRITEBYTECODE="1")
    answer = subprocess.run([python, "-c", DUMP], capture_output=True, text=True, env=env, timeout=60)
    if answer.returncode:
        raise SystemExit(f"site: the package in {folder} cannot be imported by {python}:\n{answer.stderr}")
    return json.loads(answer.stdout)


def definitions(folder):
    """{name: (file, node)} of what is defined at the top of the package's files; the .py files win over the stub."""
    found = {}
    for file in [folder / "_core.pyi", *sorted(folder.glob("*.py"))]:
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                found[node.name] = (file.name, node)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found.setdefault(node.targets[0].id, (file.name, node))
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.setdefault(node.target.id, (file.name, node))
    return found


def public_names(folder):
    for node in ast.parse((folder / "__init__.py").read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return ast.literal_eval(node.value)
    raise SystemExit("site: ikevet/__init__.py has no __all__")


def decorated(node, name):
    return any(getattr(one, "id", getattr(one, "attr", "")) == name for one in node.decorator_list)


def signature(node, owner=""):
    args = ast.parse(ast.unparse(node.args).join(("def f(", "): ..."))).body[0].args
    if owner and not decorated(node, "staticmethod"):
        (args.posonlyargs or args.args or [None]).pop(0)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    name = owner if node.name == "__init__" else (f"{owner}.{node.name}" if owner else node.name)
    prefix = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return folded(f"{prefix}{name}", ast.unparse(args), "" if node.name == "__init__" else returns)


def folded(name, arguments, returns):
    """One line, or a line for each argument where that would be long."""
    if len(name) + len(arguments) + len(returns) <= 100:
        return f"{name}({arguments}){returns}"
    depth, parts = 0, [""]
    for letter in arguments:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return f"{name}(\n" + "".join(f"    {part.strip()},\n" for part in parts) + f"){returns}"


def is_property(node):
    return decorated(node, "property") or decorated(node, "cached_property")


class PythonPage:
    def __init__(self, docs):
        self.docs = docs

    def words(self, name, node):
        return (self.docs.get(name) or ast.get_docstring(node) or "").strip()

    def enum(self, name, node):
        members = [
            f"`{one.targets[0].id}` {ast.unparse(one.value)}" for one in node.body if isinstance(one, ast.Assign)
        ]
        return [f"### {name} {{#{name}}}", "", ", ".join(members) + ".", ""]

    def members(self, name, node):
        """Fields, properties and methods: tables first, then a block for each method."""
        rows, blocks = [], []
        for one in node.body:
            if isinstance(one, ast.AnnAssign) and not one.target.id.startswith("_"):
                kind = ast.unparse(one.annotation)
                if isinstance(one.value, ast.Constant):
                    kind += f" = {ast.unparse(one.value)}"
                rows.append((one.target.id, kind, self.docs.get(f"{name}.{one.target.id}", "")))
            elif not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) or decorated(one, "setter"):
                continue
            elif is_property(one):
                kind = ast.unparse(one.returns) if one.returns else ""
                rows.append((one.name, kind, self.words(f"{name}.{one.name}", one)))
            elif not one.name.startswith("_"):
                blocks += ["```python", signature(one, name), "```", "", *self.text(f"{name}.{one.name}", one)]
        if rows:
            out = ["| member | type | |", "|---|---|---|"]
            for member, kind, said in rows:
                out.append(f"| `{member}` | {f'`{kind}`' if kind else ''} | {escaped(' '.join(said.split()))} |")
            blocks = out + [""] + blocks
        return blocks

    def text(self, name, node):
        said = self.words(name, node)
        return [as_markdown(said), ""] if said else []

    def entry(self, name, node):
        if isinstance(node, ast.ClassDef):
            if any("IntEnum" in ast.unparse(base) for base in node.bases):
                return self.enum(name, node)
            out = [f"### {name} {{#{name}}}", ""]
            for one in node.body:
                if isinstance(one, ast.FunctionDef) and one.name == "__init__":
                    out += ["```python", signature(one, name), "```", ""]
            return out + self.text(name, node) + self.members(name, node)
        out = [f"### {name} {{#{name}}}", ""]
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return out + ["```python", signature(node), "```", "", *self.text(name, node)]
        value = node.annotation if isinstance(node, ast.AnnAssign) else node.value
        return out + ["```python", f"{name}{': ' if isinstance(node, ast.AnnAssign) else ' = '}{ast.unparse(value)}", "```", ""]


def escaped(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def as_markdown(text):
    """Docstrings as Markdown reads them: parameters ("name: what it is") as a list, literal blocks ("::") as code."""
    out, in_list = [], False
    for line in text.replace("::\n", ":\n").splitlines():
        parameter = re.match(r"([a-z_]\w*(?:, [a-z_]\w*)*): (.*)", line)
        if parameter:
            out += [] if in_list else [""]
            in_list = True
            out.append(f"- `{parameter.group(1)}`: {parameter.group(2)}")
        else:
            if in_list and line and not line.startswith(" "):
                out.append("")
            in_list = in_list and (not line or line.startswith(" "))
            out.append(line)
    return "\n".join(out).strip()


def group_of(file, node, wire):
    if isinstance(node, ast.ClassDef) and any("IntEnum" in ast.unparse(base) for base in node.bases):
        return 1
    for number, (_, _, source) in enumerate(GROUPS):
        if source == file:
            return number
    if node.name in wire if hasattr(node, "name") else False:
        return 0
    return 8


def python_page(folder, python=None, built=None):
    docs = docs_of_package(python, built) if built else {}
    found, names = definitions(folder), public_names(folder)
    page = PythonPage(docs)
    # In the stub, what carries octets stands before what an engine says: all up to Message.
    stub = [node.name for node in ast.parse((folder / "_core.pyi").read_text()).body if isinstance(node, ast.ClassDef)]
    wire = set(stub[: stub.index("Message") + 1])
    groups = [[] for _ in GROUPS]
    for name in names:
        if name.startswith("__"):
            continue
        if name not in found:
            raise SystemExit(f"site: ikevet.{name} is defined in no file of {folder}")
        file, node = found[name]
        groups[group_of(file, node, wire)].append((name, node))
    out = [
        "# Python reference",
        "",
        "`import ikevet`; the tutorial is [Python](../python.md). Octets are `bytes`, times nanoseconds unless a docstring says otherwise.",
        "",
    ]
    for (title, lead, _), entries in zip(GROUPS, groups):
        if entries:
            out += [f"## {title}", ""] + ([lead, ""] if lead else [])
            for name, node in entries:
                out += page.entry(name, node)
    return "\n".join(out)
