"""A JSON value held against a shape of botocore's models: names, types, enumerations."""

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

_KINDS: dict[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "double": float,
    "integer": int,
    "timestamp": (int, float),
}


def check_shape(shape: Shape | None, value: object, place: str) -> None:
    """Fail where the value is not what the shape says."""
    if isinstance(shape, StructureShape):
        assert isinstance(value, dict), place
        assert set(value) <= set(shape.members), place
        assert set(shape.required_members) <= set(value), place
        for name, member in value.items():
            check_shape(shape.members[name], member, f"{place}.{name}")
    elif isinstance(shape, ListShape):
        assert isinstance(value, list), place
        for item in value:
            check_shape(shape.member, item, f"{place}[]")
    elif isinstance(shape, MapShape):
        assert isinstance(value, dict), place
        for key, item in value.items():
            check_shape(shape.key, key, f"{place} key")
            check_shape(shape.value, item, f"{place}[{key}]")
    elif isinstance(shape, StringShape):
        assert isinstance(value, str), place
        assert not shape.enum or value in shape.enum, place
    else:
        assert shape is not None
        assert isinstance(value, _KINDS[shape.type_name]), place
