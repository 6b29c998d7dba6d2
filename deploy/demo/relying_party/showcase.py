"""The make-believe business of the two applications: invented figures, the same for everybody."""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "wait", "bad"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number worth a card."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the application's one table; the last cell is a mark with a tone."""

    cells: tuple[str, ...]
    mark: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Showcase:
    """Everything an application shows that has nothing to do with signing in."""

    slug: str
    name: str
    owner: str
    promise: str
    explanation: str
    figures: tuple[Figure, ...]
    table_title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


LEAVE = Showcase(
    slug="ecuti",
    name="e-Cuti Medan",
    owner="Pemerintah Kota Medan",
    promise="Cuti diajukan pagi ini, disetujui sore ini.",
    explanation="Ajukan, pantau, dan setujui cuti tanpa berkas kertas. Masuk dengan akun pegawai Anda yang sama untuk semua aplikasi.",
    figures=(
        Figure("Sisa cuti tahunan", "7 hari", "dari 12 hari pada tahun 2026"),
        Figure("Menunggu persetujuan", "1", "diajukan Senin lalu"),
        Figure("Cuti berikutnya", "21 Des", "3 hari kerja"),
    ),
    table_title="Pengajuan cuti",
    columns=("Jenis cuti", "Tanggal", "Lama", "Status"),
    rows=(
        Row(("Cuti tahunan", "21–23 Desember 2026", "3 hari"), "Menunggu", "wait"),
        Row(("Cuti alasan penting", "4 September 2026", "1 hari"), "Disetujui", "good"),
        Row(("Cuti tahunan", "15–18 Juni 2026", "4 hari"), "Disetujui", "good"),
        Row(("Cuti tahunan", "30 Maret 2026", "1 hari"), "Ditolak", "bad"),
    ),
)

ASSETS = Showcase(
    slug="simantap",
    name="SIMANTAP Aset",
    owner="Pemerintah Provinsi Sumatera Utara",
    promise="Setiap barang milik daerah, jelas letak dan penanggung jawabnya.",
    explanation="Catat, pindahkan, dan periksa aset unit kerja Anda. Masuk dengan akun pegawai Anda yang sama untuk semua aplikasi.",
    figures=(
        Figure("Aset unit kerja", "248", "nilai perolehan Rp 3,1 miliar"),
        Figure("Perlu diperiksa", "6", "sebelum akhir tahun"),
        Figure("Atas nama Anda", "3", "satu laptop, dua perangkat kecil"),
    ),
    table_title="Aset atas tanggung jawab Anda",
    columns=("Kode barang", "Nama", "Letak", "Keadaan"),
    rows=(
        Row(("3.10.01.02.002.14", "Laptop 14 inci", "Lantai 2, ruang aplikasi"), "Baik", "good"),
        Row(("3.10.02.03.003.07", "Pemindai dokumen", "Lantai 2, ruang arsip"), "Perlu servis", "wait"),
        Row(("3.05.01.05.010.31", "Proyektor", "Lantai 3, ruang rapat"), "Rusak berat", "bad"),
    ),
)
