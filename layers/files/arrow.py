"""The Arrow type of each kind of field, as attributes travel between this process and the one that reads or writes files."""

import pyarrow

FEATURE_NO = "_feature_no"
SHAPE = "_shape"
TYPES = {
    "text": pyarrow.string(),
    "int": pyarrow.int64(),
    "float": pyarrow.float64(),
    "bool": pyarrow.bool_(),
    "date": pyarrow.date32(),
    "datetime": pyarrow.timestamp("us", tz="UTC"),
    "list": pyarrow.list_(pyarrow.string()),
    "json": pyarrow.string(),
}
