"""What people write to shops about: our own code book, Indonesian and English, in plain spelling.

A theme's words stand as spelling.py gives them, without what hangs on (nya, ku, mu, lah, -s); a ``_`` joins words
that count only side by side.
"""

from __future__ import annotations

from collections.abc import Mapping

BOOK: Mapping[str, str] = {
    "price": """
        harga mahal kemahalan murah termurah terjangkau ekonomis biaya naik_harga worth_it pricing price expensive
        cheap affordable pricey cost costly overpriced
    """,
    "delivery": """
        kirim pengiriman dikirim kiriman kurir antar diantar ekspedisi resi ongkir ongkos_kirim sampai nyampe tiba
        mendarat telat terlambat lambat lama_sampai belum_datang belum_sampai cepat_sampai gosend grab jne jnt
        sicepat paket ship shipping shipped delivery deliver delivered courier arrive arrived late postage parcel
        package tracking
    """,
    "packaging": """
        kemasan kemas dikemas packing packaging bungkus dibungkus bubble_wrap kardus dus segel plastik penyok sobek
        box wrapped wrapping seal sealed dented torn
    """,
    "quality": """
        kualitas mutu rusak cacat pecah bocor retak luntur awet tahan_lama bahan rapuh palsu asli original ori basi
        busuk jamur berjamur kadaluarsa kedaluwarsa expired kw jahitan quality broken damaged defect defective fake
        genuine durable material cracked leaking mouldy moldy rotten stale
    """,
    "taste": """
        rasa enak lezat sedap gurih manis asin pedas pahit asam hambar aroma wangi nikmat mantap_rasa segar renyah
        empuk taste tasty delicious yummy bitter sweet salty sour bland fresh crunchy smell aroma flavour flavor
    """,
    "service": """
        pelayanan layanan pelayan admin penjual seller respon responnya respons dibalas balas balasan ramah jutek
        judes cuek sopan fast_respon slow_respon melayani dilayani karyawan kasir pegawai service staff rude polite
        friendly helpful reply replied response responsive cashier unanswered
    """,
    "availability": """
        stok stock ready tersedia kosong sudah_habis stok_habis habis_terus ada_lagi restock restok sold_out
        masih_ada available availability out_of_stock in_stock preorder pre_order
    """,
    "payment": """
        bayar pembayaran dibayar transfer tf cod qris ovo gopay dana dana_nya rekening cicil cicilan kredit
        kembalian struk nota tagihan invoice payment pay paid bank_account receipt charged checkout
    """,
    "promotion": """
        promo promosi diskon potongan voucher kupon kode_promo gratis_ongkir cashback bonus hadiah obral sale poin
        discount coupon offer deal free_shipping points giveaway
    """,
    "returns": """
        retur return refund tukar ditukar penukaran kembalikan dikembalikan uang_kembali garansi ganti_rugi balikin
        klaim returned exchange replacement warranty money_back
    """,
    "order": """
        salah_kirim barang_salah salah_barang tidak_sesuai kurang_satu kurang_1 salah_warna salah_ukuran
        pesanan_salah beda_dengan tidak_lengkap salah_pesanan wrong_item wrong_order wrong_size wrong_colour
        wrong_color missing_item not_what
    """,
    "size": """
        ukuran kekecilan kebesaran kesempitan kelonggaran sempit longgar muat size sizing fit tight loose
    """,
    "privacy": """
        privasi data_saya data_pribadi nomor_saya dapat_nomor data_diri spam disebar bocorkan privacy my_data
        personal_data my_number unsubscribe
    """,
    "thanks": """
        terima_kasih terimakasih makasih sukses_selalu semoga_laris thanks thank thank_you
    """,
}
"""Theme → its words."""

PLAIN = frozenset(
    word
    for line in """
    yang dan di ke dari ini itu ada saya aku kami kita kamu anda kak kakak mas mbak bang pak bu ibu bapak gan sis
    min dia mereka untuk dengan pada juga sudah belum tidak bukan jangan bisa mau akan lagi saja kalau karena jadi
    atau tapi sama buat apa kenapa bagaimana kapan mana berapa siapa sangat banget sekali lebih kurang paling masih
    pernah ya iya oh oke ok sih dong deh kok loh nih tuh kah lah pun nya seperti oleh agar supaya hanya cuma terus
    lalu dalam kemarin hari besok tadi nanti toko barang produk beli pesan pesanan tolong mohon selamat pagi siang
    sore malam halo hai hi banyak semua selalu punya orang the a an and or of to in on at is are was were be been i
    you we they he she it my your our their this that these those for with from as but so if not no do does did have
    has had will would can could should just very too also there here what when where how why who haha order product
    shop store item buy bought ordered get got one me us please hello
    """.splitlines()
    for word in line.split()
)
"""Words that name no theme by themselves."""
