"""The people, units and applications of the demo. All invented; the numbers follow the rules of real ones and belong to nobody."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """A unit of a government; `parent` is the code of another unit of the same government."""

    government: str
    code: str
    name: str
    kind: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One person with one post. Without a NIP or NI PPPK (`number`) the directory issues an id."""

    username: str
    name: str
    status: str
    government: str
    unit: str
    position: str
    position_kind: str | None = None
    grade: str | None = None
    title_before: str | None = None
    title_after: str | None = None
    number: str | None = None
    role: str | None = None
    invited: bool = False
    note: str = ""

    @property
    def email(self) -> str:
        """An address under a name that is reserved for examples (RFC 2606)."""
        return f"{self.username}@pegawai.example"

    @property
    def signs_in_with(self) -> str:
        """What to type in the first field."""
        return self.number or self.username


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A registered application."""

    client_id: str
    name: str
    government: str
    confidential: bool
    topic: str


UNITS = (
    DemoUnit("12.71", "DISKOMINFO", "Dinas Komunikasi dan Informatika Kota Medan", "dinas"),
    DemoUnit("12.71", "DISKOMINFO-APTIKA", "Bidang Aplikasi Informatika", "bidang", "DISKOMINFO"),
    DemoUnit("12.71", "DISDIKBUD", "Dinas Pendidikan dan Kebudayaan Kota Medan", "dinas"),
    DemoUnit("12.07", "DINKES", "Dinas Kesehatan Kabupaten Deli Serdang", "dinas"),
    DemoUnit("12.07", "PKM-LUBUKPAKAM", "Puskesmas Lubuk Pakam", "puskesmas", "DINKES"),
    DemoUnit("12.75", "SETDA-UMUM", "Bagian Umum Sekretariat Daerah Kota Binjai", "bagian"),
    DemoUnit("12.12", "DISPAR", "Dinas Pariwisata Kabupaten Toba", "dinas"),
    DemoUnit("12.72", "DISDUKCAPIL", "Dinas Kependudukan dan Pencatatan Sipil Kota Pematangsiantar", "dinas"),
    DemoUnit("12.04", "SEKRETARIAT", "Sekretariat Daerah Kabupaten Nias", "sekretariat"),
    DemoUnit("12", "DISKOMINFO", "Dinas Komunikasi dan Informatika Provinsi Sumatera Utara", "dinas"),
)

MAIN = DemoPerson(
    "siti.nasution", "Siti Rahmawati Nasution", "PNS", "12.71", "DISKOMINFO-APTIKA", "Pranata Komputer Ahli Muda",
    "Fungsional Ahli Muda", "III/d", title_after="S.Kom., M.T.", number="198609262010012001", note="start here",
)  # fmt: skip

PEOPLE = (
    MAIN,
    DemoPerson(
        "dewi.sembiring", "Dewi Sembiring", "PPPK", "12.07", "PKM-LUBUKPAKAM", "Perawat Ahli Pertama", "Fungsional Ahli Pertama", "IX",
        title_before="Ns.", title_after="S.Kep.", number="199305142023212004",
    ),
    DemoPerson(
        "rizky.lubis", "Rizky Pratama Lubis", "PPPK_PARUH_WAKTU", "12.75", "SETDA-UMUM", "Pengadministrasi Perkantoran", "Pelaksana", "V",
        number="199803022025211017",
    ),
    DemoPerson("togar", "Togar", "NON_ASN", "12.12", "DISPAR", "Petugas informasi wisata", note="a single name, no NIP"),
    DemoPerson(
        "maria.sinaga", "Maria Elisabeth Sinaga", "CPNS", "12.72", "DISDUKCAPIL", "Analis Kependudukan", "Pelaksana", "III/a",
        title_after="S.Sos.", number="200108172025032003", invited=True, note="invited: her activation letter is in the mail catcher",
    ),
    DemoPerson("yaman.zebua", "Yaman Zebua", "PEJABAT_NEGARA", "12.04", "SEKRETARIAT", "Wakil Bupati (contoh)"),
    DemoPerson(
        "johan.manurung", "Johan Manurung", "PNS", "12", "DISKOMINFO", "Administrator sistem masuk tunggal",
        "Fungsional Ahli Madya", "IV/a", title_after="M.Kom.", number="198011052005011003", role="administrator", note="administrator",
    ),
)  # fmt: skip

APP_ONE = DemoClient("ecuti-medan", "e-Cuti Medan", "12.71", confidential=True, topic="Kepegawaian")
APP_TWO = DemoClient("simantap-aset", "SIMANTAP Aset", "12", confidential=False, topic="Keuangan dan aset")
