"""What a worker may use at most. Sizes in bytes.

``memory_bytes`` of :meth:`Wall.harden` is what a worker's data may take. The kernel counts more
than that: allocators reserve ranges that they never touch. Measured with the installed versions on
two CPUs: pyarrow's allocator maps 1 GiB at its first use; polars starts about ten threads per CPU,
each with a stack and a heap range; a worker with all of it shows 2.6 GiB of address space and
1.3 GiB of private mappings while it holds 0.25 GiB. The reserves below keep honest work alive;
DuckDB has its own, exact limit, and this one is the backstop behind it.
"""

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

CORE_BYTES = 0
"""No core dump: it would put rows and keys on disk."""

DESCRIPTORS = 256
"""Open files and pipes of one worker."""

NO_FILES = 0
"""``file_bytes`` of a worker that writes none (pipes are not counted)."""

DATA_RESERVE = GIB + 512 * MIB
DATA_RESERVE_PER_CPU = 128 * MIB
ADDRESS_RESERVE = 3 * GIB
ADDRESS_RESERVE_PER_CPU = 768 * MIB


def private_data(memory_bytes: int, cpus: int) -> int:
    """Limit on private writable mappings (RLIMIT_DATA)."""
    return memory_bytes + DATA_RESERVE + DATA_RESERVE_PER_CPU * cpus


def address_space(memory_bytes: int, cpus: int) -> int:
    """Limit on all mappings, shared ones and untouched ones too (RLIMIT_AS)."""
    return memory_bytes + ADDRESS_RESERVE + ADDRESS_RESERVE_PER_CPU * cpus
