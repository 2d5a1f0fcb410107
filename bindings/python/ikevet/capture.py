"""Captures: packets one by one, and columns for NumPy and pandas.

    for packet in ikevet.open_capture("trace.pcapng"):
        if packet.message:
            print(packet.frame, packet.message)

Nothing is read ahead: a capture of any size takes the memory of its conversations, not of its packets' number.
"""

from __future__ import annotations

import os
from array import array
from typing import Any, Callable, Dict, Iterable, Iterator, List, Sequence, Union

from ._core import CaptureReader, Packet, SeenMessage

PathLike = Union[str, "os.PathLike[str]"]
Column = Union["array[int]", List[str], List[Any]]


def open_capture(file: PathLike, *, keys: Sequence[PathLike] = (), search_keys: bool = True) -> CaptureReader:
    """Opens a capture file and gives an iterator over its packets, decrypted where keys are known.

    file: pcap or pcapng, or a file that holds one IKE message.
    keys: key files: keys.json, ikev2_decryption_table, esp_sa.
    search_keys: take those that lie beside the capture too.

    Raises FormatError for what is no capture, or a key file that cannot be used. A capture that breaks off gives what comes
    before; `trouble` then says why. The GIL is released while a packet is read and decoded.
    """
    return CaptureReader(os.fspath(file), keys=[os.fspath(key) for key in keys], search_keys=search_keys)


def messages(packets: Iterable[Packet]) -> Iterator[SeenMessage]:
    """The IKE messages among packets, in order."""
    for packet in packets:
        if packet.message is not None:
            yield packet.message


_NUMBERS: Dict[str, Callable[[Packet, SeenMessage], int]] = {
    "frame": lambda p, m: p.frame,
    "at": lambda p, m: p.at,
    "exchange": lambda p, m: int(m.exchange),
    "message_id": lambda p, m: m.message_id,
    "response": lambda p, m: int(m.is_response),
    "spi_i": lambda p, m: m.spis[0],
    "spi_r": lambda p, m: m.spis[1],
    "size": lambda p, m: len(m.octets),
    "retransmission_of": lambda p, m: p.retransmission_of or 0,
    "answers": lambda p, m: p.answers or 0,
}
_TEXTS: Dict[str, Callable[[Packet, SeenMessage], str]] = {
    "source": lambda p, m: p.source,
    "destination": lambda p, m: p.destination,
    "protection": lambda p, m: m.protection,
    "text": lambda p, m: str(m),
}
#: The names that columns() knows.
COLUMNS = (*_NUMBERS, *_TEXTS)


def columns(packets: Iterable[Packet], names: Sequence[str] = COLUMNS) -> Dict[str, Column]:
    """The IKE messages among packets as columns: one row a message.

    Numbers are array('Q') of unsigned 64-bit integers, which NumPy takes without copying (`numpy.asarray(column)`); texts
    are lists. `pandas.DataFrame(columns(open_capture(file)))` works as it stands. Neither library is needed here.

    at: nanoseconds since the Unix epoch; size: octets; retransmission_of, answers: frame numbers, 0 for none.
    Raises ValueError for a name that is not in COLUMNS.
    """
    for name in names:
        if name not in COLUMNS:
            raise ValueError(f"no column is called {name!r}; there are {', '.join(COLUMNS)}")
    out: Dict[str, Column] = {name: array("Q") if name in _NUMBERS else [] for name in names}
    fill = [(out[name].append, _NUMBERS.get(name) or _TEXTS[name]) for name in names]
    for packet in packets:
        message = packet.message
        if message is not None:
            for append, value in fill:
                append(value(packet, message))  # type: ignore[arg-type]
    return out


__all__ = ["COLUMNS", "CaptureReader", "Packet", "SeenMessage", "columns", "messages", "open_capture"]
