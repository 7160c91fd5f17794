"""Hold a list of packages to CycloneDX's own schema; `make sbom` runs it beside the tools."""

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

if __name__ == "__main__":
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    sys.exit(f"{sys.argv[1]} is no CycloneDX: {fault}" if fault else 0)
