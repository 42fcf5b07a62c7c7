"""Key files."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import zmq.auth

from upslope.errors import UpslopeError
from upslope.keys import load_keys, main, write_key_pair


class TestKeys(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_pair_is_what_zeromq_reads(self):
        public, secret = write_key_pair(self.folder / "deep" / "host")
        self.assertEqual((public.name, secret.name), ("host.key", "host.key_secret"))
        self.assertEqual(secret.stat().st_mode & 0o777, 0o600)
        read = zmq.auth.load_certificate(secret)
        self.assertEqual(zmq.curve_public(read[1]), read[0])
        self.assertEqual(zmq.auth.load_certificate(public), (read[0], None))
        keys = load_keys(secret)
        self.assertEqual((keys.public.encode(), keys.secret.encode()), read)
        self.assertNotIn(keys.secret, repr(keys))

    def test_what_zeromq_writes_is_read(self):
        public, secret = zmq.auth.create_certificates(self.folder, "other")
        Path(secret).chmod(0o600)
        keys = load_keys(secret, allow=public, server=public)
        self.assertEqual(keys.allowed, (keys.public,))
        self.assertEqual(keys.server, keys.public)

    def test_folders_and_files_of_those_allowed(self):
        _, mine = write_key_pair(self.folder / "mine")
        for name in ("a", "b", "c"):
            write_key_pair(self.folder / "friends" / name)
        friend, _ = write_key_pair(self.folder / "friend")
        keys = load_keys(mine, allow=[self.folder / "friends", friend])
        self.assertEqual(len(set(keys.allowed)), 4)

    def test_what_is_refused(self):
        public, secret = write_key_pair(self.folder / "mine")
        (self.folder / "nobody").mkdir()
        (self.folder / "nonsense.key").write_text('public-key = "short"\n')
        for text, arguments in (
            ("There is no key file", (self.folder / "none",)),
            ("secret-key", (public,)),
            ("holds no public key", (secret, self.folder / "nobody")),
            ("public-key", (secret, self.folder / "nonsense.key")),
            ("There is no", (secret, self.folder / "absent")),
        ):
            with self.subTest(text), self.assertRaisesRegex(UpslopeError, text):
                load_keys(arguments[0], allow=arguments[1] if len(arguments) > 1 else None)
        secret.chmod(0o640)
        with self.assertRaisesRegex(UpslopeError, f"chmod 600 {secret}"):
            load_keys(secret)

    def test_a_pair_is_never_overwritten(self):
        public, secret = write_key_pair(self.folder / "mine")
        before = public.read_bytes(), secret.read_bytes()
        with self.assertRaisesRegex(UpslopeError, "Choose another name"):
            write_key_pair(self.folder / "mine")
        public.unlink()
        with self.assertRaisesRegex(UpslopeError, "Choose another name"):
            write_key_pair(self.folder / "mine")
        self.assertEqual(secret.read_bytes(), before[1])

    def test_the_command(self):
        command = [sys.executable, "-m", "upslope.keys"]
        made = subprocess.run([*command, str(self.folder / "me")], capture_output=True, text=True)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        self.assertIn(f"{self.folder / 'me.key_secret'}: keep it", made.stdout)
        again = subprocess.run([*command, str(self.folder / "me")], capture_output=True, text=True)
        self.assertEqual((again.returncode, again.stdout), (1, ""))
        self.assertEqual(main(["--no-such-option"]), 2)


if __name__ == "__main__":
    unittest.main()
