"""Attacks that reach outwards: the network and other people's files."""

import os
import socket
from pathlib import Path

from wall_attack import TRACER, VARIES, World, attack

PROTOCOL_ICMP = 1


@attack()
def tcp_connect(world: World) -> None:
    with socket.socket() as plug:
        plug.settimeout(2)
        plug.connect(("127.0.0.1", world["tcp_port"]))


@attack()
def tcp_listen(_: World) -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()


@attack()
def udp_send(world: World) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.sendto(b"row", ("127.0.0.1", world["udp_port"]))


@attack()
def unix_path_connect(world: World) -> None:
    with socket.socket(socket.AF_UNIX) as plug:
        plug.connect(world["unix_path"])


@attack()
def unix_abstract_connect(world: World) -> None:
    with socket.socket(socket.AF_UNIX) as plug:
        plug.connect("\0" + world["unix_abstract"])


@attack()
def socket_pair(_: World) -> None:
    for end in socket.socketpair():
        end.close()


@attack()
def netlink_socket(_: World) -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()


@attack(VARIES)
def raw_packets(_: World) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, PROTOCOL_ICMP).close()


@attack()
def read_secret(world: World) -> None:
    Path(world["outside"], "secret.txt").read_bytes()


@attack()
def read_through_planted_link(world: World) -> None:
    Path(world["work"], "planted").read_bytes()


@attack()
def read_through_own_link(world: World) -> None:
    link = Path(world["work"], "own-link")
    link.symlink_to(Path(world["outside"], "secret.txt"))
    link.read_bytes()


@attack()
def write_new_file(world: World) -> None:
    Path(world["outside"], "new.txt").write_bytes(b"row")


@attack()
def append_to_file(world: World) -> None:
    with Path(world["outside"], "append.txt").open("ab") as victim:
        victim.write(b"row")


@attack()
def truncate_file(world: World) -> None:
    os.truncate(Path(world["outside"], "truncate.txt"), 0)


@attack()
def delete_file(world: World) -> None:
    Path(world["outside"], "delete.txt").unlink()


@attack()
def move_file_in(world: World) -> None:
    Path(world["outside"], "move.txt").rename(Path(world["work"], "moved.txt"))


@attack()
def move_file_out(world: World) -> None:
    inside = Path(world["work"], "rows.txt")
    inside.write_bytes(b"row")
    inside.rename(Path(world["outside"], "rows.txt"))


@attack()
def link_file_in(world: World) -> None:
    Path(world["work"], "hard-link").hardlink_to(Path(world["outside"], "secret.txt"))


@attack()
def make_folder(world: World) -> None:
    Path(world["outside"], "folder").mkdir()


@attack()
def make_pipe(world: World) -> None:
    os.mkfifo(Path(world["outside"], "fifo"))


@attack()
def change_mode(world: World) -> None:
    Path(world["outside"], "secret.txt").chmod(0o644)


@attack()
def change_times(world: World) -> None:
    os.utime(Path(world["outside"], "secret.txt"))


@attack(VARIES)
def set_extended_attribute(world: World) -> None:
    os.setxattr(Path(world["outside"], "secret.txt"), "user.row", b"1")


@attack()
def change_folder(world: World) -> None:
    os.chdir(world["outside"])


@attack()
def list_folder(world: World) -> None:
    list(Path(world["outside"]).iterdir())


@attack()
def list_root(_: World) -> None:
    list(Path("/").iterdir())


@attack()
def read_own_source(world: World) -> None:
    Path(world["source"]).read_bytes()


@attack()
def read_accounts(_: World) -> None:
    Path("/etc/passwd").read_bytes()


@attack()
def read_parent_environment(world: World) -> None:
    if b"SECRET" not in Path(f"/proc/{world['parent']}/environ").read_bytes():
        raise PermissionError


@attack()
def list_parent_descriptors(world: World) -> None:
    list(Path(f"/proc/{world['parent']}/fd").iterdir())


@attack(TRACER)
def open_parent_memory(world: World) -> None:
    with Path(f"/proc/{world['parent']}/mem").open("rb") as memory:
        memory.seek(world["secret_address"])
        if memory.read(len(world["secret"])).decode() != world["secret"]:
            raise PermissionError


@attack(inline=True)
def older_thread_reads(world: World) -> None:
    """A thread that ran before the last Landlock layer was put on."""
    world["older_thread"].ask(lambda: Path("/etc/passwd").read_bytes())


@attack(inline=True)
def older_thread_connects(world: World) -> None:
    world["older_thread"].ask(lambda: tcp_connect(world))


@attack(inline=True)
def older_thread_opens_a_socket(world: World) -> None:
    """Nothing but the filter stands against this one."""
    world["older_thread"].ask(lambda: socket.socket(socket.AF_UNIX).close())


@attack(engine=True)
def duckdb_reads_text(world: World) -> None:
    import duckdb

    secret = str(Path(world["outside"], "secret.txt"))
    if not duckdb.connect().execute("select content from read_text(?)", [secret]).fetchall():
        raise PermissionError


@attack(engine=True)
def duckdb_copies_out(world: World) -> None:
    import duckdb

    target = Path(world["outside"], "copied.csv")
    duckdb.connect().execute(f"copy (select 1) to '{target}'")


@attack(engine=True)
def duckdb_attaches(world: World) -> None:
    import duckdb

    duckdb.connect().execute(f"attach '{Path(world['outside'], 'rows.duckdb')}'")


@attack(engine=True)
def polars_reads(world: World) -> None:
    import polars as pl

    pl.scan_csv(Path(world["outside"], "secret.txt")).collect()


@attack(engine=True)
def pyarrow_reads(world: World) -> None:
    import pyarrow.csv

    pyarrow.csv.read_csv(str(Path(world["outside"], "secret.txt")))
