"""The target files of a lab that is up: the peer's target.json, as its profile and the lab's settings have it."""

import copy
import json
from pathlib import Path

from settings import Settings


def patched(document, patch):
    """RFC 7396 (JSON Merge Patch); besides, {"add": [...], "remove": [...]} changes a list."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    if isinstance(document, list) and set(patch) <= {"add", "remove"}:
        kept = [item for item in document if item not in patch.get("remove", [])]
        return kept + [item for item in patch.get("add", []) if item not in kept]
    out = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            out.pop(name, None)
        else:
            out[name] = patched(out.get(name), value)
    return out


def filled(value, words: "dict[str, str]"):
    """Every "{name}" in every string."""
    if isinstance(value, dict):
        return {name: filled(member, words) for name, member in value.items()}
    if isinstance(value, list):
        return [filled(member, words) for member in value]
    if isinstance(value, str):
        for name, by in words.items():
            value = value.replace("{" + name + "}", by)
    return value


def write(base: Path, patch: dict, settings: Settings, state: Path, lab: Path) -> None:
    """target.json (IPv4) and target6.json (IPv6). A trigger gets to know the family by its last word."""
    shipped = json.loads(base.read_text())
    for v6 in (False, True):
        target = patched(copy.deepcopy(shipped), patch)
        target.pop("$schema", None)
        if settings.profile != "psk":
            target["name"] += "-" + settings.profile
        target["name"] += "-ipv6" if v6 else ""
        target["title"] += f", profile {settings.profile}" + (", IPv6" if v6 else "")
        target["namespace"] = settings.harness_ns
        target["dut"]["address"] = settings.peer_address6 if v6 else settings.peer_address
        target["harness"]["address"] = settings.harness_address6 if v6 else settings.harness_address
        s = settings
        # The other address of the family first: that is where a move goes unless it is to change the family.
        target["dut"]["other_addresses"] = [s.peer_second6, s.peer_address] if v6 else [s.peer_second, s.peer_address6]
        target["harness"]["other_addresses"] = ([s.harness_second6, s.harness_address] if v6 else
                                                [s.harness_second, s.harness_address6])
        for trigger in target["triggers"].values():
            trigger["command"] = ["env", f"IKEVET_LAB_STATE={state}", str(lab), *trigger["command"][1:],
                                  *(["ipv6"] if v6 else [])]
        words = {"pki": str(state / "pki"), "state": str(state)}
        file = state / ("target6.json" if v6 else "target.json")
        file.write_text(json.dumps(filled(target, words), indent=2) + "\n")
        file.chmod(0o600)
