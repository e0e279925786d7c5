"""The words of leaving and what each does in a sentence: lower case, without punctuation, separated by commas.

Every word has a sign, one letter, so that a sentence becomes a short string ("tolong jangan kirim promo lagi ya" is
``pNKOAP``) in which ``leaving`` looks for what is asked. The longest phrase known wins. A word without a sign is "_".
"""

from __future__ import annotations

STOP = """
stop, setop, setob, stob, stpo, sotp, tsop, stp, stahp, srop, stiop, stoip, stopo, distop, disetop, di stop, di
setop, stopin, setopin, stopkan, berhenti, brenti, berenti, brhnti, brnti, brhenti, bernti, brentiin, berentiin,
henti, hentikan, hentiin, entikan, dihentikan, diberhentikan, di hentikan, berhentikan, sudahi, akhiri, disudahi,
diakhiri, udahin, udahan, cease, desist, kindly stop, said stop, knock it off, cut it out, discontinue, quit it,
eureun, eureunan, eureunkeun, mandheg
"""
UNSUBSCRIBE = """
unsubscribe, unsub, unsubs, unsubscribed, unsubscribing, unsubcribe, unsuscribe, unsubscirbe, unsubcrib, unsuscrib,
unsubscrip, unsubscript, un subscribe, ansub, ansubscribe, ansubskreb, unsubscription, optout, opt out, opting out,
opt me out, opt us out, opts out, opted out, unregister, deregister, stopall, stop all, leave me alone, leave us
alone, lose my number, count me out, sign me off, sign me out, unfollow, unlist, unlist me, remove me, remove my
number, delete my number, please remove, take me off, get me off, take us off, cross me off, strike me off, remove
my contact, delete my contact, hapus kontak saya, hapus kontakku, remove us, untick me, take my number off, take my
name off, get my number off, take this number off, unsucribe, unsuscribed, ansubscrib, un sub, dont bother me, do
not bother me, i want out, we want out
"""
FORBID = """
jangan, jgn, jngn, jngan, jangn, jgan, janga, jagan, jangaan, jangann, ojo, ojok, jangan pernah, jgn pernah, ga
usah, gak usah, gk usah, g usah, nggak usah, ngga usah, enggak usah, engga usah, tak usah, tidak usah, tdk usah,
gausah, gosah, gausa, gaush, ga ush, gak ush, ga usa, gak usa, ga perlu, gak perlu, gk perlu, nggak perlu, ngga
perlu, enggak perlu, tidak perlu, tdk perlu, tak perlu, ga boleh, gak boleh, tidak boleh, dont, do not, dnt, donot,
don t, dont ever, do not ever, never, never ever, no need to, no need, refrain from, hindari, quit, dun, ndak usah,
nda usah, ndk usah, mboten usah, rasah, ra usah, ora usah, orausah, dont you dare, dont u dare, jan, diharapkan
tidak, diharap tidak, tak payah, ulah, tong, entong, montong, ulah deui, teu kedah, teu kudu, teu perlu, teu usah,
gsh, gsah, gush, kagak usah, kaga usah, kaga perlu, kagak perlu, aja maneh, ampun ngirim, indak usah, dak usah, dak
perlu
"""
NOT = """
tidak, tdk, tidk, tak, tk, ga, gak, gk, nggak, ngga, nggk, ngg, enggak, engga, kagak, kaga, ndak, ndk, nda, mboten,
not, isnt, arent, i dont, i do not, we dont, we do not, you dont, u dont, you do not, they dont, it doesnt, doesnt,
does not, didnt, did not, cant, can not, cannot, couldnt, wont, will not, wouldnt, bukan, belum, blm, blum, why
dont, kurang, teu, ora, ra, indak, dak
"""
REFUSE = """
menolak, tolak, nolak, ditolak, keberatan, refuse, object to, decline, ogah, emoh, moh, gamau, ga mw, gmw, gak mw,
id rather not, rather not, prefer not to, prefer not, would rather not, i rather not
"""
NO = "no, nope, anti, say no to"
NO_LONGER = "no longer, nolonger"
STILL_WHY = "kok masih, koq masih, ko masih, kok msh, why still, why keep"
NO_MORE = "no more, not any more, no further, tidak ada lagi, no longer any, nomore"
SEND = """
kirim, krm, krim lagi, kirm, kirin, kirimin, kirimi, kirimkan, kirim kirim, kirim2, ngirim, ngirimin, ngirimi,
ngirim2, ngirim ngirim, mengirim, mengirimi, mengirimkan, dikirim, dikirimi, dikirimin, dikirimkan, di kirim, di
kirimi, di kirimin, send, sending, sends, sent, sendin, snd, contact, contacting, contacted, hubungi, hubungin,
ngehubungin, menghubungi, dihubungi, di hubungi, kontak, mengontak, dikontak, forward, forwarding, share, ngeshare,
blast, ngeblast, blasting, tawarin, tawari, nawarin, tawarkan, menawarkan, menawari, ditawari, ditawarin, nawar
nawarin, promosiin, promoin, kabarin, kabari, bombard, bombarding, mengiklankan, reach out, reaching out, bc in,
broadcastin, infoin, kasih, ngasih, dikasih, kasi, tag, ngetag, memasukkan, masukin, masukkan, add me, masukkan
saya, post, krim, hubung, infokan, hub, hantar, ngintun, dikintun, kintun
"""
CALL = """
telepon, telpon, telfon, telp, tlp, tlpn, tlpon, nelpon, nelponin, menelepon, call, calling, calls, ring, phone,
miscall
"""
BOTHER = """
ganggu, gangguin, gangu, ngeganggu, mengganggu, menganggu, diganggu, ganggu ganggu, usik, usik usik, teror, meneror,
neror, nyepam, ngespam, spamming, spaming, spamin, spam, spams, nyampah, nyampahin, sampah, bothering, bother us,
disturb, disturbing, annoy, harass, harassing, bug me, bugging, pester, pestering, hassle, hassling, ngerecokin,
recokin, menuhin, ngebom, bombardir, merusuh, rusuh, penuhin, harassment, ngganggu, nganggu, ngaganggu, ngerusuhi
"""
OFFER = """
promo, prmo, pormo, promp, promos, promo promo, promosi, promosian, promotion, promotions, promotional, penawaran,
tawaran, penawaran2, iklan, iklan iklan, iklan2, ngiklan, beriklan, ads, ad, advert, adverts, advertisement,
advertisements, advertising, advertise, advertize, offer, offers, offering, offerings, deal, deals, marketing,
diskonan, diskon diskon, discounts, discount, diskon, voucher, vouchers, kupon, coupons, coupon, flash sale, spam
promo, pronmo, promi, penawran, penwaran
"""
PUSH = """
messages, msgs, mesages, messeges, pesan pesan, pesan2, pesan promo, pesan iklan, pesan promosi, texts, broadcast,
broadcasts, brodcast, broadcats, brotkes, bc, bcan, bc an, bece, siaran, pesan siaran, notif, notifikasi, notifs,
notification, notifications, notip, newsletter, newsletters, news letter, buletin, emails, e mails, sms promo, wa
promo, wa blast, blastan, updates, update, reminder, reminders, pengingat, katalog, catalog, brosur, alerts, pop up,
popup, spam messages, junk, crap, nonsense, bullshit, rubbish, garbage, pesan otomatis, chat otomatis, pesan masal,
pesan massal, auto chat, solicitations, solicitation, communications, communication, messaging, chat chat, wa wa,
pesan marketing, pesan berlangganan, hear from you, hear from, hearing from you, hearing from, dengar dari kalian,
kiriman promo, pengiriman promo, pengiriman pesan, pengiriman iklan, kiriman pesan, kiriman iklan, content,
contents, materials, material, konten, pengiriman wa, pengiriman broadcast, mesej
"""
CHAT = """
chat, chats, cht, chatting, chatan, ngechat, chatin, cet, dichat, di chat, nge chat, ngewa, nge wa, wa, whatsapp,
whatsap, wassap, wasap, watsap, wa in, wain, wa an, di wa, diwa, wa2, sms, sms sms, ngesms, text, texting, txt,
txting, message me, message, messege, messaging me, msg, msging, mesage, email, emailing, mail, mailing, japri, dm,
dms, ngedm, pm, info, informasi, infonya, information, tele, telegram, whatsapping, wasapin, txts
"""
MESSAGE = "pesan, psn, pesen"
THINGS_SENT = """
anything, any thing, stuff, things, apa apa, apapun, apa2, apaapa, apa pun, beginian, ginian, begini, yang beginian,
hal hal, macam macam, macem macem, these, this, this stuff, those, ini, kayak gitu, gitu gituan, gini ginian, this
kind of thing, more, them
"""
LIST = """
langganan, langgann, lnggnan, lgganan, lengganan, berlangganan, brlangganan, berlanggan, langganan promo,
subscription, subscriptions, subscribtion, subscripton, subscribe, subscribed, subscriber, subscribing, lists,
mailing list, list promo, contact list, broadcast list, daftar kirim, daftar promo, daftar kontak, daftar broadcast,
daftar penerima, database, data base, grup, group, grub, grup wa, grup broadcast, channel, saluran, milis,
keanggotaan, membership, daftar nomor, program langganan, penerima, recipients, recipient list, distribution list,
kontak list, phonebook, address book, buku telepon, contacts, dari list, from list, this list, your list, the list,
my list, list ini, list kalian, list kamu, list nya, list wa, dari daftar, daftar ini, daftar kalian, daftar kakak,
daftar kamu, daftarnya, izin saya, my consent, my permission, permission, persetujuan, consent, izin pesan, izin
promo, izin kirim, system, sistem, distro, jadi pelanggan, pelanggan kalian, menjadi pelanggan, jadi member, member,
list, pendaftaran, sub
"""
REMOVE = """
hapus, apus, hpus, hapusin, apusin, hapuskan, dihapus, remove, removing, removed, rmv, delete, deleted, del, erase,
drop, keluarkan, keluarin, dikeluarkan, kluarin, coret, dicoret, copot, exclude, hilangkan, ilangin, lepas,
lepaskan, lepasin, take out, get my number, take my number, take this number, take my name, get my name, dikeluarin,
dikluarin, dilepas, scrub, hps, hpsin
"""
OFF_ME = """
taken off, get me out of, take my number out of, take off, take me, taken me, drop me
"""
CANCEL = """
cancel, cancle, cansel, kensel, cancelin, dicancel, batal, batalkan, batalin, dibatalkan, dibatalin, btl, btalin,
batal kan, pembatalan, end, ending, terminate, putus, putuskan, revoke, revoking, withdraw, withdrawing, cabut,
mencabut, dicabut, tarik, menarik, gak jadi, ga jadi, tidak jadi, nggak jadi, ngga jadi, mundur, mundur dari,
resign, resign dari, undur diri dari, resign from, selesai, menyelesaikan, mengundurkan diri dari, tarik kembali,
berakhir
"""
SWITCH_OFF = """
matikan, matiin, dimatikan, mematikan, off kan, offkan, offin, nonaktifkan, non aktifkan, nonaktif, nonaktifin,
dinonaktifkan, non aktif, disable, deactivate, turn off, turned off, switch off, switched off, shut off, mute,
bisukan, halt, cut off, im done with, i am done with, over with, stop dari, done with, kill the, cut the
"""
EXIT = """
keluar, kluar, klr, out dari, exit, leave, pamit dari, cabut dari, out from, get out of, out of, off, get off, out,
leaving
"""
AGAIN = """
lagi, lg, lgi, lagii, lagi lagi, lagiii, again, agen, anymore, any more, anymor, anymre, any longer, ever, ever
again, further, in the future, from now on, mulai sekarang, mulai hari ini, selamanya, seterusnya, selanjutnya, ke
depannya, kedepannya, lebih lanjut, maneh, for good, forever, permanently, malih, deui
"""
WANT = """
mau, mo, mw, mauu, pengen, pengin, pingin, pgn, ingin, ingn, hendak, want, wants, wanna, wanting, wish, wish to,
would like, id like, like to, berkenan, bersedia, berminat, sudi, memilih, pilih, putuskan untuk, memutuskan,
memutuskan untuk, decided, decide, choose, prefer, rela, setuju, agree, mengizinkan, izinkan, ijinkan, mengijinkan,
nak, hoyong, gelem, purun
"""
NEED = "butuh, membutuhkan, perlu, need, needing, tahan, sanggup"
INTEREST = """
minat, tertarik, interested, intrested, interest, suka, enjoy, care for, care about, like
"""
RECEIVE = """
terima, nerima, menerima, trima, dapat, dapet, dpt, dapetin, mendapat, mendapatkan, receive, recieve, receiving,
recieving, recive, receiv, get, getting, see, seeing, read, baca, membaca, lihat, liat, hear, be on, be in, be part
of, ada di, masuk, ikut, ikutan, ikuti, join, menjadi, terdaftar, kena, dimasukkan, dimasukin, tergabung, gabung,
nampi, nampa, nompo
"""
ME = """
saya, sy, sya, aku, ak, aq, akuh, gue, gua, gw, kami, kita, me, my, mine, us, our, im, am, ku, daku, ane, nomor,
nomer, nmr, no hp, nohp, number, numbers, phone number, no ini, nomor hp, nomer hp, nomor ini, nomer ini, nomor wa,
nama, name, hp, this number, my name, i have, ive, i would, i am, ponsel, handphone, hape, inbox, i, id, no saya, no
aku, no gue, abdi, kuring, urang, kulo, kula, awak
"""
DRESS = """
ya, yaa, yah, y, yes, iya, kak, kakak, kaka, ka, kk, min, mimin, admin, atmin, dong, donk, dunk, deh, aja, aj, ajah,
saja, sja, je, bang, mas, mbak, mba, mbk, bu, bun, bunda, ibu, pak, bapak, gan, agan, sis, sist, say, cuy, bro,
boss, om, tante, tan, koh, cik, ci, guys, dear, sir, madam, mr, team, tim, juragan, now, right now, immediately, at
once, asap, sekarang, skrg, skrng, segera, secepatnya, thanks, thank, thank you, thx, tq, ty, tks, terima kasih,
terimakasih, makasih, makasi, mksh, trims, trimakasih, trmksh, tengkyu, nuwun, suwun, matur nuwun, haturnuhun, hatur
nuhun, sih, si, lah, loh, lho, lo, kok, koq, nih, ni, tuh, tu, kan, kah, ah, eh, oh, ok, oke, okay, well, hey, hi,
hello, halo, hallo, hai, permisi, assalamualaikum, selamat pagi, selamat siang, selamat sore, selamat malam, pagi,
siang, sore, good morning, maaf, maap, mf, mohon maaf, sorry, sori, sry, punten, ngapunten, pun, juga, jg, too,
also, just, simply, all, any, every, semua, semuanya, smua, segala, seluruh, sama sekali, at all, apapun itu, total,
completely, altogether, entirely, the, a, an, that, it, of, to, ke, k, kpd, kepada, untuk, utk, buat, bwt, from,
dari, dr, dri, dg, dengan, dgn, for, with, via, lewat wa, by, you, u, ya ampun, your, ur, you guys, yall, kalian,
kamu, anda, toko, tokonya, shop, store, company, bot, tokomu, tokomu ini, so, then, and, dan, serta, atau, or, be,
being, been, get rid of, will, would, akan, bakal, lanjut, lanjutin, continue, hal, sir please, pls ya, damn, darn,
fucking, freaking, fkn, bloody, stupid, silly, anjir, anjing, woi, woy, hoi, oi, wkwk, wkwkwk, haha, hehe, hehehe,
hihi, huhu, seriously, serius, literally, really, already said, beneran, banget, bgt, bangeet, sangat, unwanted,
unsolicited, automatic, automated, otomatis, random, daily, weekly, ga jelas, gak jelas, gajelas, ga penting, gak
penting, tidak penting, tak penting, sejenisnya, lainnya, dll, etc, whatsoever, such, other, kinds of, kind of,
tersebut, dsb, dari toko, dari kalian, toko ini, this shop, this store, your shop, your store, pindah, udah pindah,
pindah kota, pindah rumah, sibuk, sudah tua, sudah tidak tinggal di sana, hemat, lagi hemat, sejak sekarang, per
hari ini, sampai sini, until here, bermaksud, berniat, niat, niatnya, maksud saya, meminta, diminta, wanting to,
trying to, asking you to, asked you to, asked to, ask you to, asking, asked, told you to, tell, telling you to,
said, bilang, di bilang, dibilang, i said, need you to, want you to, need to, have to, must, should, harus, hrs,
wajib, harap untuk, time to, waktunya, saatnya, help me, help me to, bantu, dibantu, bantuin, bantuannya untuk,
cepat, cepetan, buruan, sebaiknya, mending, mendingan, lebih baik, better, tlg ya, the hell, immediatly, immediately
please, it now, thank u, thanx, once and for all, effective immediately, is, are, was, were, does, did, ada, has,
had, have, i do, do, there, here, banyak, cause, sama, ma, soal, in, di, make, repot, repot repot, capek capek,
seperti ini, kayak ini, seperti itu, nya, sekian, sampai di sini, sampai disini, merasa, terasa, feel, getting
really, can i, could i, may i, itu, berapa kali, brp kali, how many times, berkali kali, ratusan kali, do i have to,
i have to, reply, ketik, balas, type, omg, oh my god, for the last time, last time, twice, future, pernah, kayak,
tau, tahu, youre, your shops, ae, wae, must i, me ya, out my, said i, like i said, wow, gosh, selama ini, please oh,
process, from this shop, napa, ga sih, gak sih, nggak sih, weh, no thanks, no thank you, yaelah, nggih, njih,
inggih, kang, kangmas, neng, ceu, euy, atuh, mah, saking, tau ga, tau gak, tau nggak, tau ngga, about, regarding,
tentang, mengenai, perihal, dipakai untuk, dipake buat, dipake untuk, dipakai buat, digunakan untuk, digunakan buat,
bangsat, kampret, goblok, bego, tolol, sialan, brengsek, bajingan, asu, jancok, jancuk, ffs, wtf, njir
"""
REQUEST = """
tolong, tlg, tlong, tolonglah, tolongin, mohon, mhn, mohonlah, harap, minta, mnta, mta, please, pls, plis, plz,
pliss, pleas, pliz, plss, plase, pelase, kindly, bisa, bs, bisakah, bisa ga, bisa gak, bisa nggak, bisa ngga, bisa
tidak, bisa kah, bs ga, bs gk, bisa gk, bs gak, bisa tolong, boleh, blh, bolehkah, boleh ga, boleh gak, boleh tidak,
boleh ngga, can you, could you, would you, will you, can u, could u, would u, can you please, could you please, cant
you, can we, could we, would you mind, kalau bisa, kalo bisa, klo bisa, kl bisa, kalau boleh, kalo boleh, klo boleh,
if possible, if you can, if you could, if you dont mind, i request, i demand, request to, requesting to, request, i
ask, make sure, pastikan, dimohon, sudilah, supaya, agar, biar, so that, ensure, id like you to, would like you to,
i want you to, berharap, how about, mind, do you mind, appreciate it if you, appreciate if you, great if you could,
you can
"""
ALREADY = "sudah, udah, udh, sdh, dah, uda, ud, wes, wis, uwis, atos, sampun, already, telah"
THING = """
stop kontak, stopkontak, stop contact, stopcontact, stop kran, stop keran, stop motion, stopmotion, stop over,
stopover, stop lamp, stop lampu, lampu stop, stop map, stopmap, stop press, stop watch, stopwatch, stop loss, stop
light, stop sign, stop gap, stop bath, stop cock, stop valve, tombol stop, rem stop, stop by, stop at, stop in, stop
di, stop for, stop off, stop near, stop on, stop depan, berhenti di, brenti di, berenti di, berhenti dekat, berhenti
depan, berhenti ke, berhenti sebentar di, berhenti sampai, stop sampai jam, stopped by, stopped at, stops at, stops
by, stopping by, bus stop, busstop, non stop, nonstop, non setop, one stop, onestop, full stop, fullstop, pit stop,
pitstop, truck stop, rest stop, last stop, next stop, first stop, final stop, tram stop, train stop, metro stop,
door stop, doorstop, the stop, a stop, that stop, your stop, which stop, halte, terminal, stasiun, station, bus,
angkot, kereta, busway, transjakarta, ojek, berhenti buka, berhenti jual, berhenti jualan, berhenti produksi,
berhenti kerja, berhenti merokok, berhenti operasi, berhenti beroperasi, berhenti bekerja, berhenti sekolah,
berhenti kuliah, berhenti minum, berhenti makan, berhenti ngopi, berhenti belanja, berhenti menangis, berhenti
berharap, berhenti hujan, stop produksi, stop jual, stop jualan, stop merokok, stop rokok, stop buka, stop makan,
stop minum, stop ngopi, stop drinking, stop eating, stop buying, stop selling, stop smoking, stop thinking, stop
loving, stop working, stop raining, stop crying, stop laughing, stop order, stop open, stop making, stop producing,
stop being, stop stocking, stop playing, quit smoking, quit drinking, quit my job, henti hentinya, henti henti,
tiada henti, tanpa henti, tak henti, tak henti hentinya, tanpa berhenti, pantang berhenti, pemberhentian,
unstoppable, no stopping, yang, yg, order, orders, ordernya, orderan, pesanan, pesenan, psnan, pesananku, booking,
reservasi, reservation, purchase, delivery, deliveries, shipping, shipment, ongkir, pengiriman, kiriman, antar,
diantar, antarin, paket, paketnya, package, packages, parcel, parcels, barang, barangnya, brg, produk, produknya,
product, products, item, items, resi, invoice, tagihan, nota, struk, faktur, bill, receipt, pembayaran, bayar,
transfer, refund, payment, retur, one, ones, alamat, address, kurir, courier, jne, jnt, sicepat, gosend, gojek,
grab, gofood, grabfood, ekspedisi, cargo, kargo, cod, ambil, pickup, merah, biru, hijau, kuning, hitam, putih, pink,
ungu, coklat, cokelat, abu abu, cream, krem, navy, warna, red, blue, green, yellow, black, white, purple, brown,
grey, gray, color, colour, ukuran, size, besar, kecil, xl, xxl, large, small, medium, kopi, coffee, teh, tea, gula,
sugar, susu, milk, es, ice, roti, bread, kue, cake, cakes, nasi, rice, ayam, chicken, mie, noodle, sambal, keju,
cheese, telur, egg, baju, kaos, kemeja, celana, sepatu, shoes, shirt, tas, bags, topi, jaket, rok, hijab, jilbab,
gamis, batik, sabun, sampo, parfum, botol, bottle, cup, gelas, dus, box, kardus, plastik, plastic, bungkus, sedotan,
straw, foto, photo, gambar, picture, pictures, video, stiker, sticker, suara, voice, voice note, lokasi, location,
link, file, uang, duit, money, kosong, rusak, basi, pecah, bocor, kw, palsu, kontainer, biji, bubuk, arabika,
robusta, gayo, latte, espresso, stok, stock, tokopedia, shopee, lazada, sendok, garpu, tunggu, waiting, guest,
wishlist, favorit, belanja, shopping, cart, keranjang, keranjangnya, hujan, rain, mobil, motor, mesin, lagu, music,
musik, game, kran, keran, listrik, catering, katering, laptop, hadiah, gift, meja, table, kursi, pedas, asin, manis,
dingin, panas, harga, price, prices, pre order, preorder, undangan, produksi, operasional, layanan antar, streaming,
musiknya, lagunya, antrian, absen, kelas, les, jadwal, shift, dont bother, do not bother, pesan suara, itu aja, itu
saja, ini aja, ini saja, segini, off hari, toko off, sold out, out of stock, list price, price list, list harga,
list menu, wish list, waiting list, shopping list, guest list, daftar tunggu, to do list, daftar menu, daftar harga,
list belanja, list alamat, tong sampah, tong air, tong besar, tong kecil, tong plastik, dibatalkan sistem,
dibatalkan oleh sistem, dibatalkan sama sistem, batal oleh sistem, batal sistem, sistemnya, cancelled by the system,
cancelled by system, canceled by the system, canceled by system, kartu, rekening, atm, kayu, balok, mainan, di blok,
ke blok, dari blok, blok rumah, color block, colour block, blok a, blok b, blok c, blok d, blok e, blok f, blok g,
blok h, blok m
"""
ELSEWHERE = """
netflix, spotify, youtube, yutub, disney, disney plus, viu, vidio, indihome, wifi, internet, gym, koran, majalah,
canva, zoom, chatgpt, icloud, google one, kuota, pulsa, paket data, tv kabel, joox, first media, biznet, prime video
"""
ASKING = """
kapan, kpn, jam berapa, pukul, mana, dimana, di mana, ke mana, kemana, berapa, brp, brapa, siapa, when, where, what,
whats, which, who, whose, how long, how much, how many, sampai kapan, until when, till when, what time, what date,
tanggal, tgl, is there, are there, adakah, masih ada, apakah, apa, jam
"""
HOW = """
gimana, gmn, gmna, gimna, bagaimana, bgmn, bgaimana, piye, kumaha, how, how do i, how to, how can i, cara, caranya,
cranya, gimana cara, tombol, button, am i able, apakah bisa, apa bisa, apakah boleh, is it possible, apakah saya
bisa, where do i, where can i, what do i, di mana saya bisa, dimana bisa, apa saya bisa, ketik apa, apa yang harus,
harus ketik, apa caranya, is there a way, is there any way, any way to, ada cara, apa ada cara
"""
WHY = "kenapa, knp, knapa, kenpa, ngapa, mengapa, why, how come, ngopo, kok bisa"
WHY_SEND = "kok kirim, kok ngirim, kok ngirimin, kok dikirim, kok dikirimi, kok dikirimin, koq dikirimin"
STILL = "masih, msh, still, keep, keeps"
IF = """
kalau, kalo, klo, kl, klau, jika, bila, apabila, misal, misalnya, misalkan, seandainya, if, what if, in case,
unless, setelah, after, saat, ketika, while, sambil
"""
MAYBE = """
mungkin, kayaknya, kyknya, kayanya, keknya, sepertinya, spertinya, maybe, perhaps, might, thinking of, thinking
about, thinking, mikir, pikir pikir, considering, mempertimbangkan, pertimbangkan, kepikiran, almost, nyaris,
planning to, ragu, bingung, not sure, belum yakin, pengen pengen, hmm, someday, suatu saat, kapan kapan, wondering
"""
OTHERS = """
teman, temen, tmn, temanku, teman saya, temen gue, tetangga, tetangga saya, suami, suami saya, istri, istri saya,
adik, adik saya, kakak saya, ibu saya, mama saya, mama, papa, anak, anak saya, dia, mereka, she, they, his, her,
their, friend, my friend, husband, my husband, wife, my wife, neighbor, neighbour, sister, brother, my mom, my
mother, my sister, my brother, orang, orang orang, people, pacar, sebelah, toko sebelah, kompetitor, competitor,
pesaing, mantan, bos saya, my boss, dokter, doctor, pemerintah, government, film, movie, novel, judul, campaign,
kampanye, toko lain, other shop, other store, another shop, indomaret, alfamart, mantanku
"""
PASSIVE = """
be contacted, be texted, be messaged, be called, be spammed, be bothered, be disturbed, be emailed, be notified,
being contacted, being texted, being messaged, being spammed
"""
RESUME = """
mulai lagi, aktifkan, aktifkan lagi, aktifin lagi, start again, resume, resubscribe, re subscribe, daftar lagi,
unstop, subscribe again, sign me up again, opt in, back again, lanjut lagi, ga jadi berhenti, gak jadi berhenti,
tidak jadi berhenti, batal berhenti, cancel my unsubscribe, gajadi, bercanda, becanda, just kidding, jk, canda,
kidding, by mistake, kepencet, salah pencet, salah ketik, accidentally, tidak sengaja, gak sengaja, ga sengaja,
undo, ga jadi deh, gak jadi deh, nevermind, never mind, abaikan, join again, join lagi, gabung lagi, ikut lagi,
boleh lagi, boleh kirim lagi
"""
MISS = """
lupa, lupain, lupakan, forget, forgot, lewatkan, lewatin, ketinggalan, tertinggal, kehabisan, kehilangan, kelewat,
kelewatan, melewatkan, ragu ragu, sungkan, segan, malu, telat, terlambat, late, miss, missing, miss out, lose,
losing, hesitate, kapok, lama lama, lelah, berubah, change, takut, khawatir, worry, ketipu, php, be shy, pelit,
bohong, delay, tunda, jangan bosan, jangan bosen, jangan capek, jgn bosan, jgn bosen, jgn capek, jangan males,
jangan kapok, jangan lelah
"""
COMPLAINT = """
bosan, bosen, bosenin, membosankan, bored, boring, muak, eneg, enek, capek, cape, capai, males, malas, mls, risih,
risi, kesal, kesel, sebel, sebal, jengkel, annoyed, annoying, so annoying, irritating, berisik, brisik, spammy, way
too many, kebanyakan, kbanyakan, kebanyakkan, trlalu sering, sering banget, banyak banget, banyak amat, banyak bgt,
sering amat, terus, trus, trs, terus terusan, terus menerus, mulu, melulu, tired, tired of, sick of, fed up, had
enough, pusing, puyeng, ga tahan, kenyang, overload, overwhelming, bising, hari hari, hampir tiap hari, nonstop
promo terus, ugh, hadeh, hadeuh, haduh, duh, nyebelin, menyebalkan, ngeselin, bete, rese, reseh, bawel, cerewet,
kepenuhan, too much, terganggu, keganggu, keseringan, fed up with, keep texting, keep sending, keep sending me, keep
messaging, keeps sending, keeps texting
"""
ENOUGH = "cukup, cukuplah, cukup sudah, enough, enough already, thats enough, enough of, enough with, cukup dengan"
SOMEBODY_ELSE = """
salah nomor, salah sambung, wrong number, wrong person, nomor orang lain, bukan nomor saya, dapat nomor saya dari
mana, dapet nomor saya dari mana, how did you get my number, where did you get my number, darimana dapat nomor saya,
dari mana dapat nomor saya, who is this, siapa ini, ini siapa, blokir, saya blokir, blok, aku blok, gue blok,
diblokir, block you, blocking you, block, i will block, report you, reporting, laporkan, dilaporkan, go away, get
lost, shut up, diem, buzz off, piss off, f off, fuck off, im out, no thanks anymore, sudah tidak tertarik, males
lanjut, gdpr, uu pdp, saya lapor, aku lapor, gue lapor, unsubscribe link, unsubscribe button, bukan pelanggan, who
gave you my number, siapa yang kasih nomor saya, siapa yang ngasih nomor saya, kok tau nomor saya, tau nomor saya
dari mana, why do you have my number, how do you have my number, ga pernah daftar, gak pernah daftar, tidak pernah
daftar, tdk pernah daftar, nggak pernah daftar, tidak pernah mendaftar, ga merasa daftar, tidak merasa daftar, tidak
merasa mendaftar, never signed up, didnt sign up, did not sign up, never subscribed, never asked for this, saya
laporin, aku laporin, gue laporin, gw laporin, laporin nih
"""
LESS = """
kurangi, kurangin, dikurangi, dikurangin, dikit aja, less, fewer, reduce, cut down, jarangin, lebih jarang, pause,
jeda, jeda dulu, break, take a break, istirahat, rehat, cuti, tahan dulu, hold, hold off, slow down, snooze, mute
dulu, libur dulu, not so many, not so often
"""
OFTEN = """
sering, sering sering, sering2, terlalu sering, tiap hari, setiap hari, tiap jam, setiap jam, malam malam, malem
malem, tengah malam, tengah malem, pagi pagi, every day, everyday, every hour, so often, so many, so much, too
often, too many, terlalu banyak, often, at night, malem, late at night, office hours, subuh, spesering, sehari, tiap
pagi, tiap malam, tiap malem, setiap pagi, setiap malam, saban hari, every single day, every morning, every night,
unggal poe, saben dino
"""
TIME = """
dulu, dlu, dl, dolo, hari ini, besok, bsk, lusa, minggu ini, minggu depan, bulan ini, nanti, ntar, for now, yet,
this week, tomorrow, today, tonight, sekarang dulu, weekend, senin, selasa, rabu, kamis, jumat, sabtu, monday,
tuesday, wednesday, thursday, friday, saturday, sunday, sebelum, sementara, temporarily, sekarang ini, pagi ini,
siang ini, sore ini, malam ini, until, till, sampai, before, kemarin, yesterday, dua kali, separuh, setengah,
sebentar dulu, bulan depan, next month, next week, tahun depan, next year
"""
GLAD = """
mantap, mantab, mantul, keren, bagus, asik, asyik, seru, love, lucu, nice, awesome, enak, favorite, favourite,
senang, seneng, happy, kece, sukses, ditunggu, nunggu, menunggu, looking forward, suka banget, murah, hore, yay,
gas, mau dong, pengen dong, rekomendasi, terus kirim, please keep, terus dong, terus semangat
"""
BECAUSE = """
karena, karna, krn, krna, soalnya, soale, sebab, gara gara, because, bcs, bcz, coz, cuz, since, tapi, tp, tpi,
tetapi, but, namun, although, meskipun, walaupun, padahal, pdhl, though
"""

# A phrase belongs to one group only. Two signs ("nW") say that a phrase stands for two words.
# THING holds what is spoken of in a shop besides offers: whatever is said of it is no leaving.
# ELSEWHERE holds what other companies sell by subscription: that may be ended without leaving us.
# COMPLAINT, ENOUGH, OFTEN, LESS and SOMEBODY_ELSE alone raise a doubt, MISS after a no means "do go on".
SIGNS = {
    "x": THING,
    "S": STOP,
    "U": UNSUBSCRIBE,
    "N": FORBID,
    "n": NOT,
    "o": NO,
    "nW": REFUSE,
    "nA": NO_LONGER,
    "yj": STILL_WHY,
    "Z": NO_MORE,
    "K": SEND,
    "T": CALL,
    "B": BOTHER,
    "O": OFFER,
    "G": PUSH,
    "E": CHAT,
    "J": MESSAGE,
    "Y": THINGS_SENT,
    "k": NEED,
    "VG": PASSIVE,
    "L": LIST,
    "R": REMOVE,
    "RM": OFF_ME,
    "C": CANCEL,
    "D": SWITCH_OFF,
    "e": EXIT,
    "A": AGAIN,
    "W": WANT,
    "w": INTEREST,
    "V": RECEIVE,
    "M": ME,
    "p": REQUEST,
    "s": ALREADY,
    "q": ASKING,
    "h": HOW,
    "y": WHY,
    "yK": WHY_SEND,
    "j": STILL,
    "i": IF,
    "m": MAYBE,
    "t": OTHERS,
    "v": ELSEWHERE,
    "r": RESUME,
    "l": MISS,
    "c": COMPLAINT,
    "g": ENOUGH,
    "b": SOMEBODY_ELSE,
    "H": LESS,
    "f": OFTEN,
    "d": TIME,
    "+": GLAD,
    "|": BECAUSE,
    "P": DRESS,
}

NARROWER_WORDS = """
stop di sini, stop disini, stop here, stop here only, berhenti di sini, berhenti disini, berhenti di chat ini, stop
riwayat, stop history, stop survei, stop surveys
"""
"""These leave one channel or one purpose, not the shop."""

COMPLETE_WORDS = "do not text, do not contact, do not message, dont text, dont contact, dont message"
"""Alone these are leaving, although a sentence may go on to spare somebody else: "don't text the courier"."""

UNCERTAIN_WORDS = """
jangan kirim, jgn kirim, jangan dikirim, jangan chat, jangan wa, dont send, no more, keluar, exit, leave, end this,
cancel this, no more please, i quit, pause, jangan hubungi, jgn hubungi, jangan kirimi, jangan dikirimi, off, jeda,
jeda dulu, pause dulu, i want to leave, no contact, jarangin, less often, cabut, hapus, boleh berhenti, boleh stop,
boleh setop, boleh unsubscribe, boleh unsub, bolehkah berhenti, bolehkah stop, boleh ga berhenti, boleh gak
berhenti, boleh berhenti ga, boleh berhenti gak, boleh stop ga, may i stop, bisa stop, bisa berhenti, bisa
unsubscribe
"""
"""Alone these may be meant as leaving."""

CORE_WORDS = """
berhenti, hentikan, unsubscribe, langganan, berlangganan, jangan, penawaran, promosi, notifikasi, broadcast,
newsletter, subscription, messages, sending, matikan, batalkan, ganggu, hubungi, kirimin, anymore, kirim, promo,
iklan, tolong, dikirim, terima, receive, message, please, contact, offers, keluarkan, keluarin, batalin, hapus,
nomor, notifications, promotions, marketing, texting, messaging, interested, bother, disturb, unsubs
"""
"""Long enough to be recognised with a slip of the finger."""

JOINING_WORDS = "stop, setop, berhenti, jangan, jgn, unsubscribe, unsub, batal, gausah, no"


def listed(phrases: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in phrases.split(",")]


SIGN_OF: dict[str, str] = {}
for _sign, _group in SIGNS.items():
    for _phrase in listed(_group):
        SIGN_OF.setdefault(_phrase, _sign)
JOINED = frozenset(phrase for phrase, sign in SIGN_OF.items() if sign in set("KOGELPMABpJ"))
PARTS = frozenset(word for phrase in SIGN_OF for word in phrase.split())
LONGEST = max(len(phrase.split()) for phrase in SIGN_OF)
NARROWER, UNCERTAIN = frozenset(listed(NARROWER_WORDS)), frozenset(listed(UNCERTAIN_WORDS))
COMPLETE = frozenset(listed(COMPLETE_WORDS))
CORES, JOINING = listed(CORE_WORDS), listed(JOINING_WORDS)
