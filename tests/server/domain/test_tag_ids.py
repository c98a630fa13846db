"""One spelling of a tag's id, whatever a label or a scanner says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.tag_ids import LONGEST, is_tag, read_tag_id
from server.store.telemetry.heard import is_key


@pytest.mark.parametrize(
    ("said", "id_", "form"),
    [
        ("aabbccddeeff", "AA:BB:CC:DD:EE:FF", "address"),
        ("aa-bb-cc-dd-ee-ff", "AA:BB:CC:DD:EE:FF", "address"),
        (" AA:BB:CC:DD:EE:FF ", "AA:BB:CC:DD:EE:FF", "address"),
        ("AA:BB-CC:DD:EE:FF", "AA:BB-CC:DD:EE:FF", None),
        ("B9407F30F5F8466EAFF925556B57FE6D/0004/17", "b9407f30-f5f8-466e-aff9-25556b57fe6d/4/17", "ibeacon"),
        ("B9407F30-F5F8-466E-AFF9-25556B57FE6D:4:65535", "b9407f30-f5f8-466e-aff9-25556b57fe6d/4/65535", "ibeacon"),
        ("B9407F30-F5F8-466E-AFF9-25556B57FE6D/4/65536", "B9407F30-F5F8-466E-AFF9-25556B57FE6D/4/65536", None),
        ("EDD1EBEAC04E5DEFA017/0BDB87539B67", "edd1ebeac04e5defa017/0bdb87539b67", "eddystone_uid"),
        ("T-17", "T-17", None),
    ],
)
def test_many_spellings_are_one_tag(said: str, id_: str, form: str | None) -> None:
    """Or else a tag that is scanned is another one than the tag that is heard."""
    assert read_tag_id(said) == (id_, form)
    assert is_tag(said, id_)


@given(st.text(max_size=LONGEST + 5))
def test_every_id_can_be_kept(said: str) -> None:
    """An id that the telemetry refuses would be a tag that is never heard; and reading it again changes nothing."""
    try:
        read = read_tag_id(said)
    except ValueError:
        assert not is_tag(said, said)
        return
    assert is_key(read.id)
    assert len(read.id) <= LONGEST
    assert read_tag_id(read.id) == read
