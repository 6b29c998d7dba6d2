"""The words of the civil service that rows carry: employment status, activity, account status."""

from enum import StrEnum


class EmploymentStatus(StrEnum):
    """In what relation a person stands to the government (UU 20/2023 for PNS and PPPK)."""

    PNS = "PNS"
    CPNS = "CPNS"
    PPPK = "PPPK"
    PPPK_PARUH_WAKTU = "PPPK_PARUH_WAKTU"
    NON_ASN = "NON_ASN"
    PEJABAT_NEGARA = "PEJABAT_NEGARA"
    PIHAK_KETIGA = "PIHAK_KETIGA"


class Activity(StrEnum):
    """What a person does at present, as HR sees it."""

    ACTIVE = "active"
    STUDY_LEAVE = "study_leave"
    UNPAID_LEAVE = "unpaid_leave"
    SUSPENDED = "suspended"
    TRANSFERRED_OUT = "transferred_out"
    SECONDED = "seconded"
    RETIRED = "retired"
    DECEASED = "deceased"


class PersonStatus(StrEnum):
    """State of the account: invited has not activated yet, disabled may do nothing."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class IdentifierKind(StrEnum):
    """Kinds of numbers; a NIP and a NI PPPK share one number space."""

    NIP = "NIP"
    NI_PPPK = "NI_PPPK"
    NIK = "NIK"
    ISSUED = "ISSUED"


class UnitKind(StrEnum):
    """Kinds of organisational units (PP 18/2016)."""

    DINAS = "dinas"
    BADAN = "badan"
    SEKRETARIAT = "sekretariat"
    INSPEKTORAT = "inspektorat"
    BIRO = "biro"
    BAGIAN = "bagian"
    BIDANG = "bidang"
    UPTD = "uptd"
    RSUD = "rsud"
    PUSKESMAS = "puskesmas"
    SCHOOL = "school"
    KECAMATAN = "kecamatan"
    KELURAHAN = "kelurahan"
    OTHER = "other"
