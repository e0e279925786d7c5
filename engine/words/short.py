"""How chats spell: short forms and slips, each beside the word it stands for. Written for Langganan, from no list."""

from __future__ import annotations

FULL_AND_SHORT = """
tidak: g ga gak nggak gk gag ngga enggak engga enggk nggk ngg ndak nda ndk kagak kaga kgk tdk tdak tak tida gax gakk
bukan: bkn bukn
belum: blm belom blom blum lom
jangan: jgn jngn jangn jan
tanpa: tnpa
sudah: sdh udh udah uda dah sudh udahh sudahh suda
yang: yg yng iang
dengan: dgn dg dngn
dan: n
tapi: tp tpi tetapi tapii
karena: krn karna krna cz coz gegara gara2
kalau: kalo klo kl klau kalu kaloo klu
untuk: utk untk tuk
dari: dr dri
pada: pd
sama: sm sma
saya: sy sya gw gue gua aku ak aq w ane ogut
kamu: km kmu lu lo elu ente
kami: kmi
kita: kt
dia: doi
mereka: mrk
banget: bgt bngt bgd bangt bingit bgtt bangat bangets bgtu bgtz
sekali: skali
sangat: sgt sngt
agak: rada
bagus: bgs bgus bagos
cantik: cntik
enak: enk
mantap: mantep mntp mntap mantab mantaps mantabs mantul mantappu
sedap: sedep sdap
lezat: lzt
senang: seneng sneng snang
datang: dateng dtg dtng datng
cepat: cepet cpt cpet cpat
lambat: lmbat lelet lemot
lama: lma lamaa
malas: males mls
pedas: pedes
benar: bener bnr bnar
segar: seger sger
hangat: anget angat
dapat: dapet dpt dpet dpat
teman: temen tmn tmen
tetap: tetep ttp
macam-macam: macem2 macam2 mcm2
sampai: sampe smpe nyampe smp smpai ampe nyampai nympe
pakai: pake pke pkai
ramai: rame
habis: abis hbs
hilang: ilang hlang
hancur: ancur hncur
lihat: liat lht ngeliat
tahu: tau tw
terasa: kerasa
rusak: rusk rsk rusakk
jelek: jlek jelk jele
kecewa: kcewa kecewah
mengecewakan: ngecewain ngecewakan
memuaskan: muasin
barang: brg brang brng
pesanan: psanan orderan
pesan: psn pesen psen
paket: pkt pket
harga: hrga hrg
kualitas: kwalitas kwalitet
pelayanan: plyanan playanan
pengiriman: pngiriman
warna: wrna
ukuran: ukurn
toko: tko
balas: bales bls
dibalas: dibales dibls
membalas: ngebales
kirim: krm krim
dikirim: dikrm dikrim
terkirim: kekirim
bayar: byr
beli: bli
membeli: ngebeli
uang: duit duwit wang
orang: org orng
anak: ank
hari: hr
kemarin: kmrn kemaren kmren kmarin
besok: bsk bsok besuk
sekarang: skrg skrng skg skarang
nanti: nti ntr entar ntar
tadi: td tdi
lagi: lg lgi
masih: msh masi msih
bisa: bs bsa bisaa
mau: mo mw
harus: hrs
saja: aja aj ae doang doank
juga: jg jga jugak
jadi: jd jdi
sering: srg
selalu: sllu slalu
langsung: lgsg lgsung langsng
banyak: bnyk bnyak byk banyk
sedikit: dikit dkit sdikit
semua: smua smw
kurang: krg krang kurg
lebih: lbh lbih
paling: plg pling
cuma: cm cman cuman cma
memang: emang emg mmg
ternyata: trnyata trnyt taunya tau2 tau2nya
terus: trs trus truss
terlalu: trlalu tllu
terima_kasih: makasih mksh mksih makasi makasiih trims tq tks tengkyu trmksh trimakasih terimakasih thx thks thank
terima_kasih: thanks thankyou ty tysm tengs nuhun suwun matursuwun
tolong: tlg tlong tolongg
maaf: maap mf sori sorry sory
mohon: mhn
selamat: slmt
assalamualaikum: askum aslm asslm
sip: siip sipp
oke: ok oks okey okay okeh okd okedeh
ya: y iya ia iye yah iyah yup yap
kak: kk kaka ka kakak sis gan min kaak sist agan bang bg bro mas mba mbak
apa: ap
apakah: apkh
bagaimana: gmn gimana gmana gmna gimna piye
kenapa: knp knapa napa ngapa kenape
kapan: kpn
berapa: brp brpa brapa
siapa: sp spa
dimana: dmn dmna
mana: mna
ini: nih ni ne
itu: tuh tu
seperti: kayak kaya kyk kek sprti
sepertinya: kayaknya kayanya kyknya kyaknya keknya
begini: gini gni
begitu: gitu gtu gt
padahal: pdhl pdahal padhal
sesuai: sesuei sesui ssuai
asli: ori original orisinil orisinal
palsu: kw abal2 abal
rekomendasi: rekomen rekomended recommended recomended recomend recommend rekomend recomendasi rekomendid
ramah: rmh
rapi: rapih
nyaman: nyman
murah: mrah
mahal: mhl
suka: suuka
langganan: langgann lengganan
kosong: ksong kosng
sopan: spn
parah: prah
penipu: pnipu penipuu
tipu: tpu
sabar: sbr
gratis: grtis gretong
telat: tlat
tidak_ada: gada gaada gakada tiada gda
tidak_apa: gapapa gpp gppa ngapapa
tidak_bisa: gabisa gakbisa gbs gbsa
tidak_jelas: gaje gajelas
tidak_enak: gaenak gakenak
tidak_mau: gamau gmau
tidak_suka: gasuka
hanya_memberi_harapan: php
gerak_cepat: gercep
terbaik: terbaek terbae
bagus_sekali: bagusbgt bagusbanget
enak_sekali: enakbgt enakbanget
good: gud
nice: nais
love: luv lov
great: gr8
please: pls plz plis
you: u
your: ur
are: r
because: becuz bcs
very: vry
with: wif
quality: qlty
delivery: delivry
arrived: arived
package: pkg
service: servis
disappointed: dissapointed disapointed dissappointed
terrible: terible
delicious: delicous delish
"""
"""Several words joined by _ are several words."""

CONTRACTED = {
    "dont": "do not", "doesnt": "does not", "didnt": "did not", "cant": "can not", "cannot": "can not",
    "couldnt": "could not", "wont": "will not", "wouldnt": "would not", "shouldnt": "should not",
    "isnt": "is not", "arent": "are not", "wasnt": "was not", "werent": "were not", "havent": "have not",
    "hasnt": "has not", "hadnt": "had not", "aint": "is not", "im": "i am", "ive": "i have", "its": "it is",
    "thats": "that is", "theyre": "they are", "youre": "you are",
}  # fmt: skip

WITH_A_DOUBLE_LETTER = """
accept access account add added address agree agreed alhamdulillah all allah allergic anggap anggota
annoy annoyed annoying appear apple appreciate arrived assist attitude bamboo bangga beef been
beer berlangganan bermanfaat better bigger book boss bottle business butter buzz call cannot carefully
carry cheers cheese class coffee committed committee common connect cook cool correct current deep degree
different dinner disappoint disappointed disappointing ditanggapi ditunggu door dress egg eggs employee
error especially exceed expressed fee feel feeling feels finally fitted fitting foggy follow food foot
forgotten free full funny ganggu glass good green guarantee happen happiness happy hello hingga horrible
hurry immediately impossible impressed impressive indeed insyaallah issue keadaan keep kepercayaan
langganan less letter little look looking looks loss luggage maaf manfaat meet meeting mengganggu
menggunakan meninggal menunggu mess message middle minggu miss missing mood need needed nunggu off offer
panggil pass passed pelanggan penggunaan pepper perbedaan percobaan permintaan pertanyaan perusahaan
pinggang pinggir pizza poor possible press pretty process puddle puzzle really recommend room root rotten
running saat see seem seen sehingga sell seller seminggu setting shampoo shipped shipping shoot shopping
sleep small smell smooth soon sorry speed staff steel still street stuff succeed success successful
suggest summer sunny supper sweet tangga tanggal tanggapan tanggung tattoo tell terganggu terrible three
tinggal tinggalkan tinggi too totally tree tunggu unggul unless useless usually week weekend well will
wood wrapped wrapping written yellow yummy
"""
DOUBLED = frozenset(WITH_A_DOUBLE_LETTER.split())
"""Words that are written with a double letter: of all others a stretched letter is one."""

DOUBLES_IN_MEANING = {
    "oleh": "oleh-oleh", "kira": "kira-kira", "asalan": "asal-asalan", "asal": "asal-asalan",
    "macam": "macam-macam", "lagi": "lagi-lagi", "tiba": "tiba-tiba", "mudahan": "mudah-mudahan",
    "hati": "hati-hati", "sama": "sama-sama", "rata": "rata-rata", "biasa": "biasa-biasa", "kura": "kura-kura",
    "kupu": "kupu-kupu", "buru": "buru-buru", "ragu": "ragu-ragu", "pura": "pura-pura", "abal": "palsu",
    "sia": "sia-sia", "apa": "apa-apa", "mana": "mana-mana", "tau": "ternyata", "gara": "karena",
    "olehnya": "oleh-olehnya",
}  # fmt: skip
"""What a doubled word says that the single one does not; "bagus2" is bagus."""

EMOTICONS = {
    ":)": "🙂", ":-)": "🙂", "(:": "🙂", "=)": "🙂", ":d": "😀", ":-d": "😀", "xd": "😂", ";)": "😉", "^^": "🙂",
    "^_^": "🙂", "<3": "❤", ":*": "😘", ":(": "🙁", ":-(": "🙁", ":'(": "😢", "):": "🙁", "=(": "🙁", "t_t": "😭",
    "t.t": "😭", "tt_tt": "😭", ">:(": "😠", "-_-": "😑", "-__-": "😑", ":/": "😕", ":p": "😛",
}  # fmt: skip


def _table() -> dict[str, tuple[str, ...]]:
    table = {short: tuple(full.split()) for short, full in CONTRACTED.items()}
    for line in FULL_AND_SHORT.split("\n"):
        full, _, shorts = line.partition(": ")
        table.update(dict.fromkeys(shorts.split(), tuple(full.split("_"))))
    return table


SHORT = _table()
"""From a short form to the words it stands for."""
