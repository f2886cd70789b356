"""The package against the program: the same bytes from libwi in this process, a server and the program; conversions; errors.

    WEIGHTD=build/weightd PYTHONPATH=FOLDER-OF-THE-WHEEL python3 -m unittest test_weightd

Without NumPy, torch, jax or ml_dtypes their tests are skipped.
"""
import hashlib
import importlib
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest
from unittest import mock

import weightd
from weightd import _serving

TARGETS = [
    "/init?scheme=xavier_uniform&shape=256,128&seed=7",
    "/init?scheme=orthogonal&shape=60,50&dtype=bf16&slice=3:",
    "/init?like=torch&scheme=orthogonal&shape=30,20&format=npy",
    "/init?scheme=normal&shape=99999&format=safetensors&name=a+b",
    "/init?scheme=zeros&shape=0,3",
    "/init?scheme=ones&shape=&format=json",
]
DTYPES = ["f32", "f64", "f16", "bf16", "f8_e4m3", "f8_e5m2"]


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        raise unittest.SkipTest(f"no {name}") from None


def program(target):
    return subprocess.run([os.environ["WEIGHTD"], "get", target], capture_output=True, check=True).stdout


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.process = subprocess.Popen([os.environ["WEIGHTD"], "-p", "0", "--log", "off"], stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.stop)
        cls.server = weightd.Server(cls.process.stdout.readline().split()[-1])
        cls.sources = {"library": weightd.Library(), "server": cls.server, "program": weightd.Program()}

    @classmethod
    def stop(cls):
        cls.process.terminate()
        cls.process.wait()
        cls.process.stdout.close()


class Bytes(Served):
    def test_all_sources_agree(self):
        digests = set()
        for target in TARGETS:
            want = hashlib.sha256(program(target)).hexdigest()
            digests.add(want)
            for name, source in self.sources.items():
                self.assertEqual(hashlib.sha256(source.read(target)).hexdigest(), want, (name, target))
        self.assertEqual(len(digests), len(TARGETS))

    def test_known_answer(self):
        self.assertEqual(weightd.read("scheme=ones&shape=2").hex(), "0000803f0000803f")

    def test_threads(self):
        want, got = bytes(weightd.read(TARGETS[1])), []
        threads = [threading.Thread(target=lambda: got.append(bytes(weightd.read(TARGETS[1])))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(got, [want] * 8)

    def test_version(self):
        self.assertIn(weightd.version(), subprocess.run([os.environ["WEIGHTD"], "-v"], capture_output=True, text=True, check=True).stdout)


class Errors(Served):
    def test_all_sources_name_the_same(self):
        for text, param, nearest in [
            ("scheme=he_normall&shape=2", "scheme", "he_normal"),
            ("scheme=zeros&shape=2&seeed=3", "seeed", "seed"),
            ("scheme=eye&shape=3", "shape", ""),
            ("scheme=zeros&shape=2&dtype=f33", "dtype", ""),
        ]:
            seen = set()
            for source in self.sources.values():
                with self.assertRaises(weightd.WeightdError) as caught:
                    source.read("/init?" + text)
                error = caught.exception
                seen.add((str(error), error.kind, error.param, error.allowed, error.nearest))
                self.assertEqual(error.param, param)
                if nearest:
                    self.assertEqual(error.nearest, nearest)
            self.assertEqual(len(seen), 1, seen)

    def test_status(self):
        with self.assertRaises(weightd.WeightdError) as caught:
            self.server.read("/init?scheme=nothing&shape=2")
        self.assertEqual(caught.exception.status, 400)
        with self.assertRaises(weightd.WeightdError) as caught:
            self.server.read("/nothing")
        self.assertEqual(caught.exception.status, 404)

    def test_what_no_query_can_say(self):
        for target in ("scheme=zeros\0&shape=2", "/schemes"):
            with self.assertRaises(weightd.WeightdError):
                weightd.read(target)
        with self.assertRaises(weightd.WeightdError):
            weightd.get("zeros", 2, format="npy")
        with self.assertRaises(weightd.WeightdError):
            self.server.model("tiny-llama", to="tensorflow")
        with self.assertRaises(ValueError):
            weightd.Server("localhost:8080")
        with self.assertRaises(MemoryError):
            weightd.read("scheme=zeros&shape=144115188075855872")

    def test_no_program(self):
        with mock.patch.dict(os.environ, {"PATH": "/nowhere"}):
            del os.environ["WEIGHTD"]
            with self.assertRaises(FileNotFoundError):
                weightd.Program()


class Serving(unittest.TestCase):
    """A server of one's own, of what is there."""

    def tried(self, **variables):
        docker = str(pathlib.Path(__file__).resolve().parents[3] / "tests/check/recipes/docker")
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(
            os.environ, {"FAKE_WEIGHTD": os.environ["WEIGHTD"], "FAKE_DOCKER": folder, "DOCKER": docker, **variables}
        ):
            if not variables.get("WEIGHTD"):
                os.environ.pop("WEIGHTD")
            with _serving.serving() as url:
                containers = len(os.listdir(folder))
                self.assertEqual(weightd.Server(url).read("/init?scheme=ones&shape=1").hex(), "0000803f")
            self.assertEqual(os.listdir(folder), [])
        with self.assertRaises(OSError):
            weightd.Server(url).read("/livez")
        return containers

    def test_program(self):
        self.assertEqual(self.tried(WEIGHTD=os.environ["WEIGHTD"]), 0)

    def test_container(self):
        self.assertEqual(self.tried(), 1)
        self.assertEqual(self.tried(WEIGHTD_IMAGE="weightd"), 1)

    def test_nothing(self):
        for variables in ({"WEIGHTD_IMAGE": "another"}, {"DOCKER": "/nowhere/docker"}):
            with self.assertRaisesRegex(_serving.NothingToStart, "another|WEIGHTD_URL"):
                self.tried(**variables)
        with self.assertRaisesRegex(RuntimeError, "does not serve"):
            self.tried(WEIGHTD="/bin/echo")


class NumPy(Served):
    def setUp(self):
        self.np = module("numpy")

    def test_arrays(self):
        for source in self.sources.values():
            w = source.get("xavier_uniform", (256, 128), seed=7)
            self.assertEqual((w.shape, w.dtype, w.flags.writeable), ((256, 128), self.np.float32, True))
            self.assertFalse(w.flags.owndata)
            self.assertEqual(w.tobytes(), program(TARGETS[0]))

    def test_seeds(self):
        big = 2**64 - 1
        for seed in (7, self.np.uint64(big), self.np.int32(5), big):
            self.assertEqual(weightd.get("normal", 3, seed=seed).tobytes(), program(f"/init?scheme=normal&shape=3&seed={int(seed)}"))
        for seed in (-1, 2**64):
            with self.assertRaises(weightd.WeightdError) as caught:
                weightd.get("normal", 3, seed=seed)
            self.assertEqual(caught.exception.param, "seed")

    def test_shapes(self):
        for shape, want in [((), ()), (3, (3,)), ("3x4", (3, 4)), ([2, self.np.int64(5)], (2, 5)), ((0, 3), (0, 3))]:
            self.assertEqual(weightd.get("ones", shape).shape, want)
        self.assertEqual(weightd.get("normal", (6, 5), slice="2:4").tobytes(), weightd.get("normal", (6, 5))[2:4].tobytes())

    def test_like(self):
        self.assertEqual(weightd.get("he_normal", (6, 5), like="numpy", seed=42).tobytes(),
                         program("/init?scheme=he_normal&shape=6,5&like=numpy&seed=42"))

    def test_models(self):
        tensors = self.server.model("tiny-llama", seed=7)
        self.assertGreater(len(tensors), 10)
        with mock.patch.dict(os.environ, {"WEIGHTD_URL": self.server.url}):
            self.assertEqual({k: v.tobytes() for k, v in weightd.model("tiny-llama", seed=7).items()}, {k: v.tobytes() for k, v in tensors.items()})
        again = weightd.model("tiny-llama", seed=8)
        self.assertNotEqual(again["lm_head.weight"].tobytes(), tensors["lm_head.weight"].tobytes())

    def test_small_types(self):
        try:
            import ml_dtypes  # noqa: F401
        except ImportError:
            with self.assertRaisesRegex(ImportError, "ml_dtypes"):
                weightd.get("normal", 3, dtype="bf16")
            return
        for dtype in DTYPES:
            w = weightd.get("normal", (6, 5), dtype=dtype)
            self.assertEqual(w.tobytes(), program(f"/init?scheme=normal&shape=6,5&dtype={dtype}"))
        near = self.np.abs(weightd.get("normal", 1000, dtype="bf16").astype("f4") - weightd.get("normal", 1000))
        self.assertLess(near.max(), 0.02)


class Torch(Served):
    def setUp(self):
        self.torch = module("torch")

    def test_tensors(self):
        for dtype in DTYPES:
            if dtype.startswith("f8") and not hasattr(self.torch, "float8_e5m2"):
                continue
            w = weightd.torch("normal", (6, 5), dtype=dtype, seed=3)
            self.assertEqual(tuple(w.shape), (6, 5))
            got = bytes(w.contiguous().view(self.torch.uint8).flatten().tolist())
            self.assertEqual(got, program(f"/init?scheme=normal&shape=6,5&dtype={dtype}&seed=3"), dtype)
        self.assertEqual(tuple(weightd.torch("normal", (0, 3)).shape), (0, 3))
        self.assertEqual(self.server.model("tiny-llama", to="torch", dtype="bf16")["lm_head.weight"].dtype, self.torch.bfloat16)

    def test_like(self):
        self.torch.manual_seed(7)
        linear = self.torch.nn.Linear(20, 30)
        want = self.torch.empty(30, 20)
        self.torch.manual_seed(7)
        self.torch.nn.init.xavier_uniform_(want)
        self.assertTrue(self.torch.equal(weightd.torch("xavier_uniform", (30, 20), like="torch", seed=7), want))
        linear.load_state_dict({"weight": want, "bias": weightd.torch("zeros", 30)})


class Jax(Served):
    def setUp(self):
        self.jax = module("jax")
        self.np = module("numpy")

    def test_nothing_is_copied(self):
        if len(self.jax.devices()) > 1 or self.jax.devices()[0].platform != "cpu":
            self.skipTest("JAX has another device")
        for parameters in ({}, {"dtype": "f16", "name": "conv1.weight"}, {"like": "torch", "slice": "2:"}):
            entry = weightd.Library()._tensor("normal", (300, 50), parameters)
            self.assertEqual(entry.numpy().ctypes.data % 64, 0)
            self.assertEqual(entry.jax().unsafe_buffer_pointer(), entry.numpy().ctypes.data, parameters)
        self.assertFalse(weightd.jax("ones", 3).committed and len(self.jax.devices()) > 1)
        self.assertEqual(weightd.jax("ones", ()).shape, ())
        self.assertEqual(weightd.jax("ones", (0, 3)).shape, (0, 3))

    def test_float64_is_no_float32(self):
        for parameters in ({"dtype": "f64"}, {"like": "numpy"}):
            with self.assertRaisesRegex(TypeError, "jax_enable_x64"):
                weightd.jax("normal", 3, **parameters)
        self.jax.config.update("jax_enable_x64", True)
        self.addCleanup(self.jax.config.update, "jax_enable_x64", False)
        entry = weightd.Library()._tensor("normal", (30, 5), {"dtype": "f64"})
        self.assertEqual(self.np.asarray(entry.jax()).tobytes(), program("/init?scheme=normal&shape=30,5&dtype=f64"))
        self.assertEqual(entry.jax().unsafe_buffer_pointer(), entry.numpy().ctypes.data)

    def test_models(self):
        tensors = self.server.model("tiny-resnet", to="jax")
        self.assertEqual({str(tensor.dtype) for tensor in tensors.values()}, {"float32", "int32"})

    def test_arrays(self):
        for dtype in ("f32", "f16", "bf16"):
            w = weightd.jax("normal", (6, 5), dtype=dtype)
            self.assertEqual(self.np.asarray(w).tobytes(), program(f"/init?scheme=normal&shape=6,5&dtype={dtype}"))
        want = self.jax.nn.initializers.he_normal()(self.jax.random.key(42), (6, 5))
        self.assertEqual(self.np.asarray(weightd.jax("he_normal", (6, 5), like="jax", seed=42)).tobytes(), self.np.asarray(want).tobytes())


if __name__ == "__main__":
    unittest.main()
