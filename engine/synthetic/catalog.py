"""What the invented shop sells and whom it sells to: an Indonesian shop for food, drink and craft as presents.

Every brand, product and person is made up.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Item(NamedTuple):
    """A product of the invented shop. Money in whole rupiah; ``launched_days_ago`` 0 for the old ones."""

    name: str
    category: str
    brand: str
    premium: bool
    price: int
    cost: int
    stock: int
    description: str
    launched_days_ago: int = 0


PUNCAK, KENANGA, OMAH = "Puncak Lestari", "Kenanga Pusaka", "Omah Rempah"
RINI, SEDUH, GURIH = "Dapur Bu Rini", "Seduh Pagi", "Gurih Jaya"
ANYAM, WANGI, PASAR = "Tangan Terampil", "Wangi Desa", "Lumbung Kita"

ITEMS: Final = (
    Item("Kopi Gayo Arabika 250 g", "kopi", PUNCAK, True, 98_000, 61_000, 64, "Biji pilihan, sangrai sedang"),
    Item("Kopi Toraja Sapan 250 g", "kopi", PUNCAK, True, 105_000, 66_000, 41, "Petik merah, aroma rempah"),
    Item("Kopi Luwak Liar 100 g", "kopi", PUNCAK, True, 265_000, 170_000, 12, "Luwak liar, bukan kandang"),
    Item("Cold Brew Kintamani 500 ml", "kopi", PUNCAK, True, 78_000, 45_000, 36, "Segar, rasa jeruk", 45),
    Item("Teh Putih Ciwidey 50 g", "teh", PUNCAK, True, 89_000, 52_000, 28, "Pucuk muda, dikeringkan matahari"),
    Item("Madu Hutan Sumbawa 350 ml", "madu", PUNCAK, True, 135_000, 88_000, 47, "Madu mentah, tidak dipanaskan"),
    Item("Cokelat Hitam Aceh 72% 80 g", "cokelat", PUNCAK, True, 68_000, 40_000, 0, "Dari biji hingga batang"),
    Item("Selendang Batik Tulis Lasem", "batik", KENANGA, True, 385_000, 250_000, 9, "Tulis tangan, warna alam"),
    Item("Kain Batik Cap Pekalongan 2 m", "batik", KENANGA, True, 225_000, 140_000, 18, "Katun primisima halus"),
    Item("Kemeja Batik Parang Pria", "batik", KENANGA, True, 275_000, 175_000, 22, "Potongan rapi, furing katun"),
    Item("Outer Tenun Ikat Sumba", "tenun", KENANGA, True, 420_000, 280_000, 7, "Tenun tangan, satu motif satu"),
    Item("Tas Tenun Lurik", "tas", KENANGA, True, 185_000, 110_000, 26, "Lurik Klaten, tali kulit"),
    Item("Dompet Batik Kulit", "tas", KENANGA, True, 149_000, 88_000, 240, "Kulit sapi dan batik cap"),
    Item("Syal Sutra Garut", "tenun", KENANGA, True, 310_000, 205_000, 11, "Sutra tenun, ringan", 30),
    Item("Jamu Kunyit Asam 500 ml", "jamu", OMAH, True, 55_000, 30_000, 52, "Rebusan harian tanpa pengawet"),
    Item("Minyak Atsiri Sereh 30 ml", "perawatan", OMAH, True, 85_000, 47_000, 33, "Suling uap, murni"),
    Item("Bumbu Rendang Warisan 200 g", "bumbu", OMAH, True, 62_000, 36_000, 58, "Resep Payakumbuh, siap masak"),
    Item("Sambal Matah Botol Kaca", "sambal", OMAH, True, 58_000, 33_000, 44, "Bawang merah, sereh, minyak kelapa"),
    Item("Wedang Uwuh Kotak Kayu", "jamu", OMAH, True, 95_000, 58_000, 19, "Rempah utuh, isi sepuluh"),
    Item("Vanili Batang Alor 3 pcs", "bumbu", OMAH, True, 75_000, 46_000, 0, "Batang gemuk, harum", 0),
    Item("Sambal Bawang 150 g", "sambal", RINI, False, 27_000, 15_000, 120, "Pedas gurih, cabai rawit segar"),
    Item("Sambal Teri Medan 150 g", "sambal", RINI, False, 32_000, 19_000, 95, "Teri renyah, pedas sedang"),
    Item("Sambal Cumi Asin 150 g", "sambal", RINI, False, 36_000, 22_000, 60, "Cumi empuk, pedas mantap"),
    Item("Abon Sapi 200 g", "lauk", RINI, False, 58_000, 38_000, 48, "Serat halus, manis gurih"),
    Item("Bumbu Pecel Madiun 250 g", "bumbu", RINI, False, 24_000, 13_000, 88, "Tinggal seduh air panas"),
    Item("Kering Tempe Kacang 200 g", "lauk", RINI, False, 29_000, 16_000, 77, "Renyah, tahan dua minggu"),
    Item("Rendang Kering Kentang 200 g", "lauk", RINI, False, 42_000, 26_000, 0, "Bekal perjalanan", 0),
    Item("Serundeng Kelapa 150 g", "lauk", RINI, False, 22_000, 12_000, 310, "Kelapa sangrai, teman nasi"),
    Item("Kopi Robusta Temanggung 200 g", "kopi", SEDUH, False, 34_000, 20_000, 140, "Tubruk tebal, pahit mantap"),
    Item("Kopi Susu Sachet isi 10", "kopi", SEDUH, False, 26_000, 16_000, 210, "Tinggal seduh"),
    Item("Teh Melati Tubruk 100 g", "teh", SEDUH, False, 14_000, 8_000, 180, "Harum melati, sepat pas"),
    Item("Teh Hijau Celup isi 25", "teh", SEDUH, False, 19_000, 11_000, 130, "Ringan untuk sore hari"),
    Item("Jahe Merah Bubuk 200 g", "jamu", SEDUH, False, 28_000, 16_000, 105, "Hangat, tanpa pemanis"),
    Item("Cokelat Bubuk Sulawesi 200 g", "cokelat", SEDUH, False, 38_000, 23_000, 66, "Untuk minum dan kue"),
    Item("Kopi Jahe Gula Aren isi 12", "kopi", SEDUH, False, 31_000, 18_000, 90, "Racikan baru, hangat", 55),
    Item("Keripik Singkong Balado 200 g", "keripik", GURIH, False, 18_000, 10_000, 160, "Pedas manis, iris tipis"),
    Item("Keripik Tempe Sagu 150 g", "keripik", GURIH, False, 17_000, 9_000, 150, "Renyah, gurih ketumbar"),
    Item("Keripik Pisang Cokelat 200 g", "keripik", GURIH, False, 21_000, 12_000, 135, "Pisang kepok, cokelat tebal"),
    Item("Basreng Pedas Daun Jeruk 150 g", "keripik", GURIH, False, 16_000, 8_500, 170, "Bakso goreng kering"),
    Item("Kacang Bawang 250 g", "kacang", GURIH, False, 25_000, 15_000, 110, "Kacang pilihan, bawang asli"),
    Item("Kue Nastar Toples", "kue", GURIH, False, 65_000, 38_000, 45, "Selai nanas buatan sendiri"),
    Item("Kue Kastengel Toples", "kue", GURIH, False, 72_000, 44_000, 38, "Keju tua, renyah"),
    Item("Emping Melinjo 250 g", "keripik", GURIH, False, 33_000, 20_000, 380, "Melinjo Batang, pahit sedikit"),
    Item("Keripik Kulit Ikan 100 g", "keripik", GURIH, False, 29_000, 17_000, 60, "Camilan baru dari Cirebon", 25),
    Item("Tas Anyaman Pandan", "anyaman", ANYAM, False, 85_000, 48_000, 34, "Anyaman rapat, tali kuat"),
    Item("Keranjang Rotan Kecil", "anyaman", ANYAM, False, 68_000, 39_000, 29, "Untuk buah atau hampers"),
    Item("Tatakan Gelas Rotan isi 6", "anyaman", ANYAM, False, 45_000, 24_000, 57, "Diameter 10 cm"),
    Item("Gelas Tembikar Plered", "kerajinan", ANYAM, False, 39_000, 21_000, 72, "Aman untuk minuman panas"),
    Item("Sendok Kayu Sonokeling Set", "kerajinan", ANYAM, False, 52_000, 29_000, 40, "Tanpa cat, isi empat"),
    Item("Gantungan Kunci Wayang", "kerajinan", ANYAM, False, 15_000, 7_000, 420, "Ukiran tangan, cendera mata"),
    Item("Topi Anyaman Purun", "anyaman", ANYAM, False, 59_000, 33_000, 31, "Ringan, dari Kalimantan", 40),
    Item("Sabun Sereh Batang", "perawatan", WANGI, False, 22_000, 11_000, 115, "Sabun minyak kelapa"),
    Item("Lulur Bengkoang 200 g", "perawatan", WANGI, False, 35_000, 19_000, 83, "Lulur tradisional, wangi lembut"),
    Item("Minyak Kayu Putih 60 ml", "perawatan", WANGI, False, 30_000, 18_000, 98, "Dari Pulau Buru"),
    Item("Dupa Cendana isi 20", "perawatan", WANGI, False, 26_000, 14_000, 0, "Wangi tenang", 0),
    Item("Gula Aren Bubuk 500 g", "bahan", PASAR, False, 32_000, 20_000, 190, "Aren murni dari Lebak"),
    Item("Beras Merah Organik 1 kg", "bahan", PASAR, False, 36_000, 25_000, 125, "Panen terbaru"),
    Item("Garam Laut Amed 250 g", "bahan", PASAR, False, 24_000, 12_000, 100, "Panen petani garam Bali"),
    Item("Minyak Kelapa Murni 500 ml", "bahan", PASAR, False, 62_000, 41_000, 70, "Perasan pertama"),
    Item("Kerupuk Udang Mentah 500 g", "bahan", PASAR, False, 41_000, 27_000, 145, "Udang Sidoarjo, tinggal goreng"),
)

BUNDLED: Final = (
    ("Kopi Gayo Arabika 250 g", "Madu Hutan Sumbawa 350 ml"),
    ("Kopi Robusta Temanggung 200 g", "Gula Aren Bubuk 500 g", "Gelas Tembikar Plered"),
    ("Sambal Bawang 150 g", "Keripik Singkong Balado 200 g"),
    ("Sabun Sereh Batang", "Lulur Bengkoang 200 g"),
    ("Kain Batik Cap Pekalongan 2 m", "Tas Tenun Lurik"),
)
"""What this shop's customers put into one basket far more often than chance would."""

_FIRST = (
    "Adi Agus Aisyah Andi Anisa Arif Asep Ayu Bagus Bambang Bayu Bima Budi Cahya Citra Dani Dedi Desi Dewi Dian "
    "Dimas Dina Dwi Eka Eko Endah Erni Fajar Farah Fitri Galih Gita Hadi Hana Hendra Ika Ilham Indah Intan Iwan "
    "Joko Kartika Komang Kurnia Laila Lestari Lina Made Maya Mega Melati Mira Nanda Nia Nur Nyoman Puspa Putri "
    "Rahmat Ratna Reza Rina Rizki Sari Sekar Siti Slamet Sri Surya Taufik Tari Tika Tono Tri Wati Wayan Wulan Yanti "
    "Yoga Yuli"
)
_LAST = (
    "Aditya Anggraini Ardiansyah Astuti Basuki Damanik Firmansyah Ginting Gunawan Halim Handayani Hapsari Harahap "
    "Hartono Hasanah Hidayat Irawan Kurniawan Kusuma Lubis Mahendra Maharani Maulana Mulyani Nasution Ningsih "
    "Nugroho Pangestu Permata Pertiwi Prabowo Pradana Pramono Prasetyo Pratama Purnama Purwanto Putra Rahayu Rahman "
    "Ramadhan Saputra Santoso Saragih Sari Setiawan Siregar Sihombing Simanjuntak Sitorus Suharto Sulistyo Suryani "
    "Susanti Sutrisno Syahputra Tarigan Utami Wahyuni Wibowo Widodo Wijaya Wulandari Yulianti"
)
FIRST_NAMES: Final = tuple(_FIRST.split())
LAST_NAMES: Final = tuple(_LAST.split())
